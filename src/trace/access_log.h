// Requests from the lines of an access log.
#pragma once

#include <string_view>

#include "xdscope/trace.h"

namespace xdscope::trace {

// A line in Istio's default format, text or JSON. Outbound lines, and those of gateways, name the
// destination in DOWNSTREAM_LOCAL_ADDRESS. Fails where the line has no request.
Result<TraceRequest> parse_access_log_line(std::string_view line);

}  // namespace xdscope::trace
