#include "rules/support/endpoints.h"

#include "json/broken.h"

namespace xdscope::rules {
namespace {

bool is_usable(HealthStatus health) {
  return health == HealthStatus::kUnknown || health == HealthStatus::kHealthy ||
         health == HealthStatus::kDegraded;
}

Hosts hosts_of_assignment(json::Value assignment) {
  Hosts hosts{.known = true};
  for (const json::Value locality : assignment["endpoints"].elements()) {
    // Delivered elsewhere, by LEDS.
    if (locality["leds_cluster_locality_config"]) return {};
    for (const json::Value endpoint : locality["lb_endpoints"].elements()) {
      ++hosts.all;
      if (is_usable(decode_health_status(endpoint["health_status"]))) ++hosts.usable;
    }
  }
  if (json::broken_in(assignment)) return {};
  return hosts;
}

Hosts hosts_of_status(json::Value status) {
  Hosts hosts{.known = true};
  for (const json::Value value : status["host_statuses"].elements()) {
    const HostStatus host = decode_host_status(value);
    ++hosts.all;
    if (is_usable(host.eds_health) && !host.failed_active_health_check &&
        !host.failed_outlier_check && !host.pending_dynamic_removal) {
      ++hosts.usable;
    }
  }
  return hosts;
}

}  // namespace

EndpointTable::EndpointTable(const RuleContext& context) {
  for (const Resource& resource : context.resources(Section::kEndpoints)) {
    assignments_.emplace(resource.name, resource.body);
  }
  for (const json::Value status :
       context.section(Section::kClusterStatuses)["cluster_statuses"].elements()) {
    statuses_.emplace(status["name"].text(), status);
  }
}

json::Value EndpointTable::assignment_of(const Resource& cluster) const {
  const std::string_view service = cluster.body["eds_cluster_config"]["service_name"].text();
  for (const std::string_view name : {service, cluster.name}) {
    if (name.empty()) continue;
    if (const auto it = assignments_.find(name); it != assignments_.end()) return it->second;
  }
  return {};
}

Hosts EndpointTable::hosts_of(const Resource& cluster) const {
  if (cluster.body["cluster_type"]) return {};
  const std::string_view type = cluster.body["type"].string_or("STATIC");
  const bool known = type == "STATIC" || type == "EDS" || type.ends_with("_DNS");
  if (!known || json::broken_in(cluster.body)) return {};
  if (const json::Value assignment = assignment_of(cluster)) {
    return hosts_of_assignment(assignment);
  }
  if (const auto it = statuses_.find(cluster.name); it != statuses_.end()) {
    return hosts_of_status(it->second);
  }
  if (type == "EDS") return {};
  if (const json::Value hosts = cluster.body["hosts"]) return {true, hosts.size(), hosts.size()};
  return hosts_of_assignment(cluster.body["load_assignment"]);
}

bool may_panic(json::Value cluster) {
  const json::Value threshold = cluster["common_lb_config"]["healthy_panic_threshold"];
  return !threshold || threshold["value"].number().value_or(0) > 0;
}

}  // namespace xdscope::rules
