// What Istio puts into every proxy, and how it names things.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xdscope/finding.h"
#include "xdscope/snapshot.h"

namespace xdscope::rules {

// A port on which a listener of the bootstrap serves Istio itself: metrics, probes, xDS
// (istio: tools/packaging/common/envoy_bootstrap.json).
bool is_own_port(std::uint32_t port);
// prometheus_stats, agent, sds-grpc, xds-grpc, zipkin, BlackHoleCluster, PassthroughCluster, ….
bool is_own_cluster(std::string_view name);

// A gateway's route configuration: "http.80" (the port only),
// "https.443.https.public.istio-ingress" (port, port name, Gateway, namespace); a bind address may
// follow (istio: pilot/pkg/networking/core/gateway.go, gatewayRDSRouteName).
struct GatewayRoute {
  bool https = false;
  std::uint32_t port = 0;
  std::string_view port_name;
  std::string_view gateway;
  std::string_view namespace_;
};
std::optional<GatewayRoute> parse_gateway_route(std::string_view route_config_name);

// The resource that Istio names in metadata, as a finding takes it.
std::optional<KubernetesResource> resource_of(const ResourceRef& owner, std::string field);

}  // namespace xdscope::rules
