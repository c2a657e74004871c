// Traces as JSON.
#pragma once

#include <string>
#include <string_view>

#include "xdscope/trace.h"

namespace xdscope::report {

// Appends one line: {"id": …, "outcomes": […]}. `id` is JSON; a `proxy` that is given stands in
// front of the outcomes.
void append_trace_line(std::string& out, std::string_view id, const TraceResult& result,
                       std::string_view proxy = {});

// A whole trace as one document, indented, with its steps and assumptions.
std::string trace_document(const TraceRequest& request, const TraceResult& result);

}  // namespace xdscope::report
