// What follows from a chosen route: rewrites, timeout, retries, per-filter configuration, upgrades
// (envoy: source/common/router/config_impl.cc, source/common/http/utility.cc).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/route_table.h"

namespace xdscope::trace {

// The most specific configuration of a filter: weighted cluster, route, virtual host, route
// configuration. Absent where no level has one.
struct PerFilterConfig {
  enum class Level { kNone, kRouteConfig, kVirtualHost, kRoute, kWeightedCluster };
  Level level = Level::kNone;
  json::Value value;  // the Any as it stands; a FilterConfig is not unwrapped
  explicit operator bool() const { return level != Level::kNone; }
};
PerFilterConfig per_filter_config(const RouteConfig& config, const RouteOutcome& outcome,
                                  std::string_view filter_name);
// Every level that has one, least specific first: for filters that merge them.
std::vector<PerFilterConfig> per_filter_configs(const RouteConfig& config,
                                                const RouteOutcome& outcome,
                                                std::string_view filter_name);

// The retry policy in effect: the route's, else the virtual host's; never merged. nullptr for none.
const RetryPolicy* retry_policy(const RouteOutcome& outcome);

// Whether the upgrade (HttpRequest::upgrade()) is allowed: the route's upgrade_configs, else those
// of the connection manager. Refused ones are answered 403 upgrade_failed, where there is a route.
bool upgrade_allowed(const RouteOutcome& outcome, json::Value connection_manager,
                     std::string_view upgrade);

// A forwarded request as the upstream sees it.
struct ForwardDetails {
  HttpRequest request;                 // after rewriting, with the headers added and removed
  std::vector<std::string> unknown;    // names of headers whose value the dump does not tell
  bool auto_host_rewrite = false;      // the endpoint's host name will replace the host
  std::chrono::nanoseconds timeout{};  // zero: none
  const RetryPolicy* retry = nullptr;
  std::vector<std::string_view> mirror_clusters;
};
ForwardDetails forward_details(const RouteTable& table, const HttpRequest& request,
                               const RouteOutcome& outcome);

}  // namespace xdscope::trace
