// Requests from JSON lines: many traces in one run.
#pragma once

#include <string>
#include <string_view>

#include "xdscope/error.h"
#include "xdscope/json.h"
#include "xdscope/trace.h"

namespace xdscope::trace {

struct RequestLine {
  std::string id;  // as JSON; "null" where the line has none
  TraceRequest request;
};

// Reads {"id", "direction", "dst", "port", "source", "sni", "alpn", "tls", "identity", "scheme",
// "protocol", "authority", "method", "path", "headers": [[name, value]]}; all but authority may be
// left out. The error says what is wrong with it and where it stands.
Result<void> read_request(json::Value object, RequestLine& line);

}  // namespace xdscope::trace
