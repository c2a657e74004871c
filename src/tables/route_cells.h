// The cells of the route table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xdscope/model/route.h"

namespace xdscope::tables {

// "/foo*", "PathPrefix:/foo", "/exact", "regex /a.*"; "" for all other kinds.
std::string path_cell(const PathMatch& path);
// Domains shortened as istioctl does: ports and the longer forms of a Kubernetes name left out, two
// names and a count of the others.
std::string domains_cell(const std::vector<std::string_view>& domains);
// Where a route leads: clusters with weights, redirects, direct responses.
std::string destination_cell(const Route& route);
// What a route asks for besides the path: method, headers, query parameters, …, and TLS where its
// virtual host redirects everything else.
std::string conditions_cell(const RouteMatch& match, const VirtualHost& host);
// "2x 503,connect-failure"; "-" for none. The virtual host's policy holds where a route has none.
std::string retry_cell(const Route& route, const VirtualHost& host);
// With max_stream_duration Envoy does not use the timeout.
std::string timeout_cell(const Route& route);

}  // namespace xdscope::tables
