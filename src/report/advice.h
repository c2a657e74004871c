// What to do about an outcome.
#pragma once

#include <string>

#include "xdscope/trace.h"

namespace xdscope::report {

// The next thing to do, in one sentence; "" where all is well.
std::string advice(const Outcome& outcome, const TraceResult& result);

}  // namespace xdscope::report
