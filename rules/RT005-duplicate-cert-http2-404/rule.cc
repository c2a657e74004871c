#include <fmt/format.h>

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
};

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
          {use, use->manager.rds_name, match.server_names.front()});
    }
  }
  for (const auto& [key, list] : servers) {
    for (std::size_t i = 1; i < list.size(); ++i) {
      if (list[i].route == list[0].route) continue;
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
