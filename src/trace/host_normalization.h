// What the connection manager does with :authority before routing
// (envoy: source/common/http/conn_manager_utility.cc, header_utility.cc).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "trace/path_normalization.h"
#include "trace/request.h"

namespace xdscope::trace {

struct HostOptions {
  bool strip_any_port = false;
  bool strip_matching_port = false;
  bool strip_trailing_dot = false;
};
HostOptions decode_host_options(json::Value manager);

// 400 for characters that no authority has. A missing Host header (400 missing_host_header) is the
// caller's to tell: an empty one is allowed.
std::optional<EarlyReply> check_host(const HttpRequest& request);

// Changes request.authority in place. `listener_port` is that of the connection's local address
// (the original destination where it was restored); 0 where there is none.
void normalize_host(HttpRequest& request, const HostOptions& options, std::uint32_t listener_port);

// Where the port of an authority begins (at its ':'), npos where it has none. Brackets of IPv6
// addresses are respected; the port need not be a number.
std::size_t port_start(std::string_view authority);

}  // namespace xdscope::trace
