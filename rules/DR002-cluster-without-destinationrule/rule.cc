#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

struct Inventory {
  std::size_t all = 0;
  std::vector<const Resource*> without;
  std::vector<std::string_view> busy;
  std::vector<std::string_view> routed;
};

std::set<std::string_view> targets_of_virtual_services(const RuleContext& context) {
  std::set<std::string_view> names;
  for (const RoutePlace& place : all_routes(context)) {
    if (place.route->owner.kind != "VirtualService") continue;
    for (const std::string_view name : forward_clusters(*place.route)) names.insert(name);
  }
  return names;
}

Inventory take(const RuleContext& context) {
  Inventory inventory;
  const std::set<std::string_view> routed = targets_of_virtual_services(context);
  const bool stats = context.has(Input::kStats);
  for (const Resource* resource : context.clusters()) {
    const ClusterName name = parse_cluster_name(resource->name);
    if (!name.parsed || name.direction != "outbound" || !name.subset.empty()) continue;
    if (context.listed("exclude_hosts", name.host)) continue;
    ++inventory.all;
    if (decode_owner(resource->body["metadata"])) continue;
    inventory.without.push_back(resource);
    if (routed.contains(resource->name)) inventory.routed.push_back(resource->name);
    if (stats && context.cluster_stat(resource->name, "upstream_cx_total").value_or(0) > 0) {
      inventory.busy.push_back(resource->name);
    }
  }
  return inventory;
}

std::string list(const std::vector<std::string_view>& names, std::int64_t limit) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (static_cast<std::int64_t>(i) >= limit) {
      return text + fmt::format(" and {} more", names.size() - i);
    }
    text += fmt::format("{}{}", i == 0 ? "" : ", ", names[i]);
  }
  return text;
}

// Limits on a cluster that no DestinationRule shapes come from the mesh's configuration
// (istio: meshConfig.defaultTrafficPolicy, 1.31).
bool mesh_limits(const RuleContext& context, const Resource& resource) {
  constexpr std::uint32_t kIstioUnlimited = 4294967295;
  const Cluster& cluster = context.cluster(resource);
  return cluster.default_priority.source &&
         cluster.default_priority.max_connections != kIstioUnlimited;
}

}  // namespace

void check_dr002(const RuleContext& context, Reporter& report) {
  const Inventory inventory = take(context);
  for (const Resource* resource : inventory.without) {
    const ClusterName name = parse_cluster_name(resource->name);
    if (!context.listed("require_dr_for", name.host)) continue;
    report.add(
        {.object = fmt::format("cluster {}", resource->name),
         .at = resource->body,
         .message = fmt::format("{}:{} must have a DestinationRule, and this proxy sees none",
                                name.host, name.port),
         .resource = KubernetesResource{"DestinationRule", "", "", "spec.trafficPolicy"},
         .severity = Severity::kWarning});
  }
  if (inventory.without.empty()) return;
  const std::int64_t limit = context.integer("list_limit");
  std::string message = fmt::format("{} of {} outbound clusters have no DestinationRule",
                                    inventory.without.size(), inventory.all);
  if (!inventory.busy.empty()) {
    message += fmt::format("; {} of them carr{} traffic: {}", inventory.busy.size(),
                           inventory.busy.size() == 1 ? "ies" : "y", list(inventory.busy, limit));
  }
  if (!inventory.routed.empty()) {
    message +=
        fmt::format("; {} of them {} routed to by a VirtualService: {}", inventory.routed.size(),
                    inventory.routed.size() == 1 ? "is" : "are", list(inventory.routed, limit));
  }
  if (mesh_limits(context, *inventory.without.front())) {
    message += "; their limits come from meshConfig.defaultTrafficPolicy";
  }
  report.add({.object = fmt::format("outbound clusters of {}", context.node().namespace_.empty()
                                                                   ? "this proxy"
                                                                   : context.node().namespace_),
              .at = inventory.without.front()->body,
              .message = std::move(message)});
}

}  // namespace xdscope::rules
