#include "rules/support/istio.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace xdscope::rules {

bool is_own_port(std::uint32_t port) {
  return port == 15010 || port == 15012 || port == 15021 || port == 15090;
}

bool is_own_cluster(std::string_view name) {
  constexpr std::array<std::string_view, 16> kOwn = {"prometheus_stats",
                                                     "agent",
                                                     "sds-grpc",
                                                     "xds-grpc",
                                                     "zipkin",
                                                     "BlackHoleCluster",
                                                     "PassthroughCluster",
                                                     "InboundPassthroughCluster",
                                                     "InboundPassthroughClusterIpv4",
                                                     "InboundPassthroughClusterIpv6",
                                                     "connect_originate",
                                                     "main_internal",
                                                     "encap",
                                                     "inner_connect_originate",
                                                     "outer_connect_originate",
                                                     "local_cluster"};
  return std::find(kOwn.begin(), kOwn.end(), name) != kOwn.end();
}

std::optional<GatewayRoute> parse_gateway_route(std::string_view name) {
  const auto parts = split(name, '.');
  long port = 0;
  if (parts.size() < 2 || !parse_decimal(parts[1], port) || port < 1 || port > 65535) {
    return std::nullopt;
  }
  GatewayRoute route;
  route.port = static_cast<std::uint32_t>(port);
  if (parts[0] == "http") return route;
  if (parts[0] != "https" || parts.size() < 5) return std::nullopt;
  route.https = true;
  route.port_name = parts[2];
  route.gateway = parts[3];
  route.namespace_ = parts[4];
  return route;
}

std::optional<KubernetesResource> resource_of(const ResourceRef& owner, std::string field) {
  if (!owner || owner.kind.empty()) return std::nullopt;
  return KubernetesResource{owner.kind, std::string(owner.namespace_), std::string(owner.name),
                            std::move(field)};
}

}  // namespace xdscope::rules
