// What the connection manager does to request headers before routing, as far as routes and filters
// can tell (envoy: source/common/http/conn_manager_utility.cc, mutateRequestHeaders).
#pragma once

#include <optional>
#include <string>

#include "trace/compiled.h"

namespace xdscope::trace {

struct EarlyHeaders {
  std::optional<EarlyReply> refused;  // the client's address could not be told
  std::string doubt;                  // what the result depends on that is not evaluated
};
// Sets connection.remote, too. `table` (may be nullptr) has the headers that are internal only.
EarlyHeaders mutate_early_headers(const HttpPlan& plan, const RouteTable* table,
                                  const Compiled& compiled, Connection& connection,
                                  HttpRequest& request);

}  // namespace xdscope::trace
