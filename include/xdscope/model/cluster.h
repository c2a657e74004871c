// Clusters and endpoints (envoy.config.cluster.v3, envoy.config.endpoint.v3, /clusters).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "xdscope/json.h"
#include "xdscope/model/common.h"

namespace xdscope {

// envoy.config.core.v3.HealthStatus.
enum class HealthStatus { kUnknown, kHealthy, kUnhealthy, kDraining, kTimeout, kDegraded };
HealthStatus decode_health_status(json::Value status);
std::string_view health_status_name(HealthStatus status);  // "HEALTHY"

struct TransportSocketMatch {
  std::string_view name;
  json::Value match;  // a Struct: every member must equal the endpoint's metadata
  std::optional<Extension> transport_socket;
  json::Value source;
};

// Cluster.circuit_breakers.thresholds of one priority, Envoy's defaults filled in.
struct CircuitBreaker {
  std::uint32_t max_connections = 1024;
  std::uint32_t max_pending_requests = 1024;
  std::uint32_t max_requests = 1024;
  std::uint32_t max_retries = 3;
  json::Value source;
};

struct Cluster {
  enum class Type { kStatic, kStrictDns, kLogicalDns, kEds, kOriginalDst, kCustom };
  std::string_view name;
  Type type = Type::kStatic;
  Extension custom_type;  // cluster_type, for kCustom: envoy.clusters.aggregate, …
  // eds_cluster_config.service_name, else the cluster's name.
  std::string_view eds_service_name;
  std::string_view lb_policy = "ROUND_ROBIN";
  json::Value load_assignment;
  std::optional<Extension> transport_socket;
  std::vector<TransportSocketMatch> transport_socket_matches;
  CircuitBreaker default_priority;
  CircuitBreaker high_priority;
  json::Value outlier_detection;
  // Percent; unset means Envoy's 50.
  double healthy_panic_threshold = 50;
  json::Value lb_subset_config;
  json::Value metadata;
  ResourceRef owner;
  std::vector<ServiceRef> services;
  json::Value source;
};
Cluster decode_cluster(json::Value cluster);
// "EDS"; "STATIC" for a custom type, as Envoy's enum default says.
std::string_view cluster_type_name(Cluster::Type type);

struct Locality {
  std::string_view region;
  std::string_view zone;
  std::string_view sub_zone;
};

struct Endpoint {
  Address address;
  std::vector<Address> additional_addresses;
  std::string_view hostname;
  HealthStatus health = HealthStatus::kUnknown;
  std::uint32_t weight = 1;
  json::Value metadata;
  json::Value source;

  // As Envoy's load balancer sees it: unknown counts as healthy; degraded is neither.
  bool healthy() const {
    return health == HealthStatus::kUnknown || health == HealthStatus::kHealthy;
  }
};

struct LocalityEndpoints {
  Locality locality;
  std::uint32_t priority = 0;
  std::optional<std::uint32_t> weight;
  std::vector<Endpoint> endpoints;
  json::Value source;
};

struct LoadAssignment {
  std::string_view cluster_name;
  std::vector<LocalityEndpoints> localities;
  std::uint32_t overprovisioning_factor = 140;
  json::Value drop_overloads;  // a list
  json::Value source;
};
LoadAssignment decode_load_assignment(json::Value assignment);
// The endpoints of an assignment one by one, without keeping them; the locality comes without its
// endpoints.
void for_each_endpoint(
    json::Value assignment,
    const std::function<void(const LocalityEndpoints& locality, const Endpoint& endpoint)>& visit);

// One host of /clusters?format=json (envoy.admin.v3.HostStatus).
struct HostStatus {
  Address address;
  HealthStatus eds_health = HealthStatus::kUnknown;
  bool failed_active_health_check = false;
  bool failed_outlier_check = false;
  bool pending_dynamic_removal = false;
  std::uint32_t weight = 0;
  std::uint32_t priority = 0;
  Locality locality;
  std::string_view hostname;
  json::Value source;
};
HostStatus decode_host_status(json::Value host);

}  // namespace xdscope
