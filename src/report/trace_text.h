// Traces for people.
#pragma once

#include <string>

#include "xdscope/trace.h"

namespace xdscope::report {

// The steps, what was assumed, the verdict and what to do next. Names of the dump cannot reach the
// terminal as control characters.
std::string trace_text(const TraceRequest& request, const TraceResult& result, bool color);

// One sentence: what happens to the request.
std::string outcome_sentence(const Outcome& outcome);

}  // namespace xdscope::report
