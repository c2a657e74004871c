#include <fmt/format.h>

#include "base/text.h"
#include "rules/rule.h"
#include "rules/support/istio.h"

namespace xdscope::rules {
namespace {

// istiod names it blackhole:PORT. Up to 1.7 it holds a direct response of 404; since then it holds
// no route, which Envoy's dump leaves out altogether
// (istio: pilot/pkg/networking/core/gateway.go, buildGatewayHTTPRouteConfig).
bool is_blackhole(const VirtualHost& host) {
  long port = 0;
  if (!host.name.starts_with("blackhole:") || !parse_decimal(host.name.substr(10), port)) {
    return false;
  }
  if (host.domains.size() != 1 || host.domains[0] != "*") return false;
  if (host.routes.empty()) return true;
  const Route& only = host.routes[0];
  return host.routes.size() == 1 && only.action == Route::Action::kDirectResponse &&
         only.direct_response.status == 404;
}

std::optional<KubernetesResource> gateway_of(const std::optional<GatewayRoute>& route) {
  if (!route || route->gateway.empty())
    return KubernetesResource{"Gateway", "", "", "spec.servers"};
  return KubernetesResource{"Gateway", std::string(route->namespace_), std::string(route->gateway),
                            "spec.servers"};
}

std::string message_for(const RouteConfig& config, const std::optional<GatewayRoute>& route) {
  if (route && !route->gateway.empty()) {
    return fmt::format(
        "Port {} of Gateway {}/{} has no route: no VirtualService or HTTPRoute is bound to it, and "
        "every request gets a 404",
        route->port, route->namespace_, route->gateway);
  }
  return fmt::format(
      "{} has no route: no VirtualService or HTTPRoute is bound to the Gateways of this port, and "
      "every request gets a 404",
      route ? fmt::format("Port {}", route->port)
            : fmt::format("Route configuration {}", printable(config.name)));
}

}  // namespace

void check_rt001(const RuleContext& context, Reporter& report) {
  const auto http_80 = parse_severity(context.string("severity_for_http_80"));
  for (const RouteConfigEntry* entry : context.route_configs()) {
    const RouteConfig& config = *entry->config;
    if (context.listed("allow_route_names", config.name)) continue;
    for (const VirtualHost& host : config.virtual_hosts) {
      if (!is_blackhole(host)) continue;
      const auto route = parse_gateway_route(config.name);
      Draft draft{.object = fmt::format("virtual host {} in route configuration {}", host.name,
                                        config.name),
                  .at = host.source,
                  .message = message_for(config, route),
                  .effect = {404, host.routes.empty() ? "NR" : ""},
                  .resource = gateway_of(route)};
      if (route && route->port == 80 && !route->https) draft.severity = http_80;
      report.add(std::move(draft));
    }
  }
}

}  // namespace xdscope::rules
