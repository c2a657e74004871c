#pragma once

#include "rules/card.h"

namespace xdscope::rules {

// Whether a parameter of that type may have the value. An integer is a number, too.
bool fits(const ParameterValue& value, Parameter::Type type);

}  // namespace xdscope::rules
