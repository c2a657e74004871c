#include <fmt/format.h>

#include <set>

#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

bool has_connections(json::Value status) {
  for (const json::Value host : status["host_statuses"].elements()) {
    for (const json::Value stat : host["stats"].elements()) {
      if (stat["name"].text() == "cx_total" && stat["value"].unsigned_integer().value_or(0) > 0) {
        return true;
      }
    }
  }
  return false;
}

std::set<std::string_view> used_clusters(const RuleContext& context) {
  std::set<std::string_view> used;
  for (const RoutePlace& place : all_routes(context)) {
    if (place.route->owner.kind != "VirtualService") continue;
    for (const std::string_view name : forward_clusters(*place.route)) used.insert(name);
  }
  for (const json::Value status :
       context.section(Section::kClusterStatuses)["cluster_statuses"].elements()) {
    if (has_connections(status)) used.insert(status["name"].text());
  }
  return used;
}

}  // namespace

void check_xd003(const RuleContext& context, Reporter& report) {
  const Resource* first = nullptr;
  std::int64_t all = 0;
  std::int64_t in_use = 0;
  const std::set<std::string_view> used = used_clusters(context);
  for (const Resource* cluster : context.clusters()) {
    if (!cluster->name.starts_with("outbound|")) continue;
    if (first == nullptr) first = cluster;
    ++all;
    in_use += used.contains(cluster->name);
  }
  if (first == nullptr || all <= context.integer("max_clusters")) return;
  const double percent = 100.0 * static_cast<double>(in_use) / static_cast<double>(all);
  if (percent >= context.number("max_used_percent")) return;
  const bool counted = context.has(Input::kClusterStatuses);
  report.add(
      {.object = fmt::format("outbound clusters of namespace {}", context.node().namespace_),
       .at = first->body,
       .message = fmt::format("{} outbound clusters, {} of them in use ({})", all, in_use,
                              counted ? "routed to by a VirtualService, or connected to"
                                      : "routed to by a VirtualService; /clusters?format=json "
                                        "would tell which are connected to"),
       .resource = KubernetesResource{"Sidecar", std::string(context.node().namespace_), "",
                                      "spec.egress[].hosts"}});
}

}  // namespace xdscope::rules
