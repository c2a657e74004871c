// The compiled form of a route configuration, and the walk through it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trace/domain_table.h"
#include "trace/route_criteria.h"
#include "trace/route_table.h"

namespace xdscope::trace {

struct CompiledHost {
  const VirtualHost* host = nullptr;
  std::vector<RouteCriteria> routes;
  // For VirtualHost.matcher: the routes of its actions, by the offset of the action in its
  // document.
  std::deque<Route> tree_routes;
  std::unordered_map<std::size_t, std::vector<RouteCriteria>> actions;
};

struct CompiledTable {
  CompiledTable(const RouteConfig& config, Version envoy, const Runtime* runtime);

  const RouteConfig& config;
  Version envoy;
  std::vector<Problem> problems;
  DomainTable domains;
  std::vector<CompiledHost> hosts;
};

// The host that is looked up: :authority or the vhost_header, in lower case, without its port where
// the configuration ignores ports. Nothing where the vhost_header is missing.
std::optional<std::string> host_key(const RouteConfig& config, const HttpRequest& request);

// The routes of a virtual host that are tried for the request, in order.
struct RouteList {
  const std::vector<RouteCriteria>* routes = nullptr;  // nullptr: the matcher tree has none
  std::string unknown;                                 // what the matcher tree could not tell
};
RouteList routes_to_try(const CompiledHost& host, const HttpRequest& request);

// The outcomes of a request in a virtual host; `passed_over` may be nullptr.
std::vector<RouteOutcome> walk_routes(const CompiledHost& host, const MatchInput& input,
                                      std::vector<PassedOver>* passed_over);

// What a decision missed by little, nearest first.
std::vector<NearMiss> near_misses(const CompiledTable& table, const RouteDecision& decision,
                                  const MatchInput& input);

}  // namespace xdscope::trace
