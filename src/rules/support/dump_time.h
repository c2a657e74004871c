// When a dump was taken: no dump says so itself.
#pragma once

#include <cstdint>

#include "rules/context.h"

namespace xdscope::rules {

// The latest moment of which the input tells, in seconds since 1970: the dump was taken then or
// later. 0 where nothing tells.
std::int64_t dump_time(const RuleContext& context);

}  // namespace xdscope::rules
