// The inputs of a matcher tree (matcher_tree.h) that a connection and a request answer.
#pragma once

#include "trace/connection.h"
#include "trace/matcher_tree.h"
#include "trace/request.h"

namespace xdscope::trace {

// envoy.extensions.matching.common_inputs.network.v3, where a connection is all there is.
TreeInput network_tree_input(const Extension& input, const Connection& connection);
// Those, with the client's address of the request, and the inputs of envoy.type.matcher.v3 and
// envoy.extensions.matching.common_inputs.ssl.v3.
TreeInput http_tree_input(const Extension& input, const HttpRequest& request,
                          const Connection& connection);
// What of a request a virtual host's matcher may ask for: its headers only.
TreeInput request_tree_input(const Extension& input, const HttpRequest& request);

}  // namespace xdscope::trace
