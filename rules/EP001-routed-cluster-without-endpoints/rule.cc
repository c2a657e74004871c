#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/endpoints.h"
#include "rules/support/istio.h"
#include "rules/support/targets.h"

namespace xdscope::rules {
namespace {

// Whether somebody asked for the route: istiod makes one for every Service a sidecar may reach, and
// names the resource behind those that it did not make up.
bool is_asked_for(const RuleContext& context, const ClusterReference& reference) {
  if (context.role() != Role::kSidecar && context.role() != Role::kWaypoint) return true;
  const ResourceRef& owner = reference.kind == ClusterReference::Kind::kTcp
                                 ? reference.chain->owner
                                 : reference.route.route->owner;
  return static_cast<bool>(owner);
}

const ClusterReference& most_wanted(const RuleContext& context, const ClusterTarget& target) {
  for (const ClusterReference& reference : target.references) {
    if (reference.carries_traffic && is_asked_for(context, reference)) return reference;
  }
  return target.main();
}

std::string state_of(const Hosts& hosts, json::Value cluster) {
  const std::string_view name = cluster["name"].text();
  if (hosts.all > 0) {
    return fmt::format("Cluster {} has no healthy endpoint (of {})", name, hosts.all);
  }
  const bool dns = cluster["type"].text().ends_with("_DNS");
  return fmt::format("Cluster {} has no endpoint{}", name,
                     dns ? " (its host name is not resolved)" : "");
}

}  // namespace

void check_ep001(const RuleContext& context, Reporter& report) {
  const EndpointTable endpoints(context);
  for (const ClusterTarget& target : cluster_targets(context)) {
    if (target.idle() || is_own_cluster(target.cluster)) continue;
    const Resource* cluster = context.cluster_resource(target.cluster);
    if (cluster == nullptr) continue;
    const Hosts hosts = endpoints.hosts_of(*cluster);
    if (!hosts.known || hosts.usable > 0) continue;
    if (hosts.all > 0 && may_panic(cluster->body)) continue;
    const ClusterReference& reference = most_wanted(context, target);
    const bool tcp = reference.kind == ClusterReference::Kind::kTcp;
    Draft draft{.object = fmt::format("cluster {}", target.cluster),
                .at = reference.at,
                .message = fmt::format("{}, and {} sends traffic there",
                                       state_of(hosts, cluster->body), object_of(reference)),
                .effect = {tcp ? 0U : 503U, "UH"},
                .resource = resource_of(reference, "spec.http[].route[].destination",
                                        "spec.tcp[].route[].destination")};
    if (!is_asked_for(context, reference)) draft.severity = Severity::kWarning;
    report.add(std::move(draft));
  }
}

}  // namespace xdscope::rules
