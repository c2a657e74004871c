#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "rules/rule.h"
#include "rules/support/filters.h"
#include "rules/support/istio.h"
#include "rules/support/tls.h"

namespace xdscope::rules {
namespace {

struct Server {
  const HttpUse* use = nullptr;
  std::string_view route;
  std::string_view host;
  const RouteConfig* config = nullptr;  // nullptr where it is not there: RT002
};

bool matches(std::string_view domain, std::string_view host) {
  if (domain == "*") return true;
  if (domain.starts_with('*')) return host.ends_with(domain.substr(1));
  if (domain.ends_with('*')) return host.starts_with(domain.substr(0, domain.size() - 1));
  return domain == host;
}

// Whether a request for the other server's host gets a 404 where it arrives on a connection that
// was made for this one.
bool misses(const Server& server, const Server& other) {
  if (server.config == nullptr) return false;
  const bool wildcard = other.host.starts_with('*');
  const std::string host_name =
      wildcard ? fmt::format("any{}", other.host.substr(1)) : std::string(other.host);
  const auto& hosts = server.config->virtual_hosts;
  return std::none_of(hosts.begin(), hosts.end(), [&](const VirtualHost& host) {
    return std::any_of(host.domains.begin(), host.domains.end(),
                       [&](std::string_view domain) { return matches(domain, host_name); });
  });
}

std::optional<KubernetesResource> gateway_of(std::string_view route_config) {
  const auto route = parse_gateway_route(route_config);
  if (!route || route->gateway.empty()) return std::nullopt;
  return KubernetesResource{"Gateway", std::string(route->namespace_), std::string(route->gateway),
                            "spec.servers[].hosts"};
}

}  // namespace

void check_rt005(const RuleContext& context, Reporter& report) {
  std::map<std::pair<const Listener*, std::string_view>, std::vector<Server>> servers;
  for (const HttpUse* use : context.http_uses()) {
    const FilterChainMatch& match = use->filter_chain->match;
    const json::Value tls = downstream_tls(*use->filter_chain);
    if (match.server_names.empty() || !offers_alpn(tls, "h2")) continue;
    for (const std::string_view name : certificate_names(tls)) {
      servers[{use->listener, name}].push_back(
          {use, use->manager.rds_name, match.server_names.front(), context.route_config(*use)});
    }
  }
  for (const auto& [key, list] : servers) {
    for (std::size_t i = 1; i < list.size(); ++i) {
      if (list[i].route == list[0].route) continue;
      if (!misses(list[0], list[i]) && !misses(list[i], list[0])) continue;
      report.add(
          {.object = fmt::format("certificate {} on listener {}", key.second, key.first->name),
           .at = list[i].use->filter_chain->source,
           .message = fmt::format("{} and {} share certificate {} but not their routes: an "
                                  "HTTP/2 connection reused for the other host gets a 404",
                                  list[0].host, list[i].host, key.second),
           .effect = {404, "NR"},
           .resource = gateway_of(list[i].route)});
    }
  }
}

}  // namespace xdscope::rules
