// What the connection manager does to request headers before routing, as far as routes and filters
// can tell (envoy: source/common/http/conn_manager_utility.cc, mutateRequestHeaders).
#pragma once

#include "trace/compiled.h"

namespace xdscope::trace {

// Sets connection.remote, too.
void mutate_early_headers(const HttpPlan& plan, const Compiled& compiled, Connection& connection,
                          HttpRequest& request);

}  // namespace xdscope::trace
