#include "xdscope/model/cluster.h"

#include <array>

#include "json/broken.h"
#include "model/number.h"

namespace xdscope {
namespace {

constexpr std::array<std::string_view, 6> kHealthNames = {"UNKNOWN",  "HEALTHY", "UNHEALTHY",
                                                          "DRAINING", "TIMEOUT", "DEGRADED"};
constexpr std::array<std::string_view, 5> kTypeNames = {"STATIC", "STRICT_DNS", "LOGICAL_DNS",
                                                        "EDS", "ORIGINAL_DST"};

CircuitBreaker decode_threshold(json::Value threshold) {
  CircuitBreaker out;
  out.source = threshold;
  out.max_connections = decode_number(threshold["max_connections"], out.max_connections);
  out.max_pending_requests =
      decode_number(threshold["max_pending_requests"], out.max_pending_requests);
  out.max_requests = decode_number(threshold["max_requests"], out.max_requests);
  out.max_retries = decode_number(threshold["max_retries"], out.max_retries);
  return out;
}

Locality decode_locality(json::Value locality) {
  return {locality["region"].text(), locality["zone"].text(), locality["sub_zone"].text()};
}

Endpoint decode_endpoint(json::Value lb_endpoint) {
  Endpoint out;
  out.source = lb_endpoint;
  const json::Value endpoint = lb_endpoint["endpoint"];
  out.address = decode_address(endpoint["address"]);
  for (const json::Value additional : endpoint["additional_addresses"].elements()) {
    out.additional_addresses.push_back(decode_address(additional["address"]));
  }
  out.hostname = endpoint["hostname"].text();
  out.health = decode_health_status(lb_endpoint["health_status"]);
  out.weight = decode_number(lb_endpoint["load_balancing_weight"], 1);
  out.metadata = lb_endpoint["metadata"];
  return out;
}

// Without its endpoints.
LocalityEndpoints decode_locality_endpoints(json::Value group) {
  LocalityEndpoints locality;
  locality.source = group;
  locality.locality = decode_locality(group["locality"]);
  locality.priority = decode_number(group["priority"], 0);
  if (const auto weight = group["load_balancing_weight"].unsigned_integer()) {
    locality.weight = static_cast<std::uint32_t>(*weight);
  }
  return locality;
}

std::optional<Extension> decode_transport_socket(json::Value holder) {
  if (const json::Value socket = holder["transport_socket"]) return decode_extension(socket);
  if (const json::Value context = holder["tls_context"]) {
    Extension out = decode_any("envoy.transport_sockets.tls", context);
    out.type = "envoy.api.v2.auth.UpstreamTlsContext";
    return out;
  }
  return std::nullopt;
}

Cluster::Type decode_type(json::Value type) {
  for (std::size_t i = 0; i < kTypeNames.size(); ++i) {
    if (type.text() == kTypeNames[i]) return static_cast<Cluster::Type>(i);
  }
  if (!type.text().empty()) json::note_unknown(type);
  return Cluster::Type::kStatic;
}

}  // namespace

HealthStatus decode_health_status(json::Value status) {
  for (std::size_t i = 0; i < kHealthNames.size(); ++i) {
    if (status.text() == kHealthNames[i]) return static_cast<HealthStatus>(i);
  }
  if (!status.text().empty()) json::note_unknown(status);
  return HealthStatus::kUnknown;
}

std::string_view health_status_name(HealthStatus status) {
  return kHealthNames[static_cast<std::size_t>(status)];
}

std::string_view cluster_type_name(Cluster::Type type) {
  return type == Cluster::Type::kCustom ? kTypeNames[0]
                                        : kTypeNames[static_cast<std::size_t>(type)];
}

Cluster decode_cluster(json::Value cluster) {
  Cluster out;
  out.source = cluster;
  out.name = cluster["name"].text();
  out.type = decode_type(cluster["type"]);
  if (const json::Value custom = cluster["cluster_type"]) {
    out.type = Cluster::Type::kCustom;
    out.custom_type = decode_extension(custom);
  }
  out.eds_service_name = cluster["eds_cluster_config"]["service_name"].text();
  if (out.eds_service_name.empty()) out.eds_service_name = out.name;
  out.lb_policy =
      json::enum_name(cluster["lb_policy"], "ROUND_ROBIN",
                      {"LEAST_REQUEST", "RING_HASH", "RANDOM", "MAGLEV", "CLUSTER_PROVIDED",
                       "LOAD_BALANCING_POLICY_CONFIG", "ORIGINAL_DST_LB"});
  out.load_assignment = cluster["load_assignment"];
  out.transport_socket = decode_transport_socket(cluster);
  for (const json::Value match : cluster["transport_socket_matches"].elements()) {
    out.transport_socket_matches.push_back(
        {match["name"].text(), match["match"], decode_transport_socket(match), match});
  }
  for (const json::Value threshold : cluster["circuit_breakers"]["thresholds"].elements()) {
    CircuitBreaker& breaker = json::enum_name(threshold["priority"], "DEFAULT", {"HIGH"}) == "HIGH"
                                  ? out.high_priority
                                  : out.default_priority;
    // Envoy takes the first of a priority.
    if (!breaker.source) breaker = decode_threshold(threshold);
  }
  out.outlier_detection = cluster["outlier_detection"];
  if (const json::Value threshold = cluster["common_lb_config"]["healthy_panic_threshold"]) {
    out.healthy_panic_threshold = threshold["value"].number().value_or(0);
  }
  out.lb_subset_config = cluster["lb_subset_config"];
  out.metadata = cluster["metadata"];
  out.owner = decode_owner(out.metadata);
  out.services = decode_services(out.metadata);
  return out;
}

void for_each_endpoint(
    json::Value assignment,
    const std::function<void(const LocalityEndpoints&, const Endpoint&)>& visit) {
  for (const json::Value group : assignment["endpoints"].elements()) {
    const LocalityEndpoints locality = decode_locality_endpoints(group);
    for (const json::Value endpoint : group["lb_endpoints"].elements()) {
      visit(locality, decode_endpoint(endpoint));
    }
  }
}

LoadAssignment decode_load_assignment(json::Value assignment) {
  LoadAssignment out;
  out.source = assignment;
  out.cluster_name = assignment["cluster_name"].text();
  for (const json::Value group : assignment["endpoints"].elements()) {
    LocalityEndpoints locality = decode_locality_endpoints(group);
    for (const json::Value endpoint : group["lb_endpoints"].elements()) {
      locality.endpoints.push_back(decode_endpoint(endpoint));
    }
    out.localities.push_back(std::move(locality));
  }
  out.overprovisioning_factor = decode_number(assignment["policy"]["overprovisioning_factor"], 140);
  out.drop_overloads = assignment["policy"]["drop_overloads"];
  return out;
}

HostStatus decode_host_status(json::Value host) {
  HostStatus out;
  out.source = host;
  out.address = decode_address(host["address"]);
  const json::Value health = host["health_status"];
  out.eds_health = decode_health_status(health["eds_health_status"]);
  out.failed_active_health_check = health["failed_active_health_check"].boolean_or(false);
  out.failed_outlier_check = health["failed_outlier_check"].boolean_or(false);
  out.pending_dynamic_removal = health["pending_dynamic_removal"].boolean_or(false);
  out.weight = decode_number(host["weight"], 0);
  out.priority = decode_number(host["priority"], 0);
  out.locality = decode_locality(host["locality"]);
  out.hostname = host["hostname"].text();
  return out;
}

}  // namespace xdscope
