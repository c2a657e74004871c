#include <fmt/format.h>

#include <algorithm>

#include "rules/rule.h"
#include "rules/support/filters.h"

namespace xdscope::rules {
namespace {

// Whether the dump would hold the route configuration if the proxy had it.
bool routes_are_known(const RuleContext& context) {
  if (context.broken(Input::kRoutes)) return false;
  // What a control plane prints of a proxy has an empty section, and no node.
  if (context.complete(Input::kRoutes) && !context.node().id.empty()) return true;
  const auto& resources = context.resources(Section::kRoutes);
  return std::any_of(resources.begin(), resources.end(), [](const Resource& resource) {
    return resource.state == ResourceState::kActive;
  });
}

std::string rejected_text(const RuleContext& context, std::string_view name) {
  const auto rejected = context.stat_ending(fmt::format(".rds.{}.update_rejected", name));
  if (rejected.value_or(0) == 0) return {};
  return fmt::format("; Envoy has rejected {} update{} of it", *rejected,
                     *rejected == 1 ? "" : "s");
}

}  // namespace

void check_rt002(const RuleContext& context, Reporter& report) {
  if (!routes_are_known(context)) return;
  for (const HttpUse* use : context.http_uses()) {
    if (use->manager.route_source != HttpConnectionManager::RouteSource::kRds) continue;
    const std::string_view name = use->manager.rds_name;
    const RouteConfig* config = context.route_config(*use);
    const bool empty = config != nullptr && config->virtual_hosts.empty() && !config->vhds;
    if (config != nullptr && !empty) continue;
    report.add(
        {.object = fmt::format("route configuration {}", name),
         .at = empty ? config->source : use->manager.source["rds"],
         .message = fmt::format("{} routes by {}, which {}: every request gets a 404{}",
                                object_of(ChainPlace{use->listener, use->filter_chain}), name,
                                empty ? "has no virtual host" : "the proxy does not have",
                                rejected_text(context, name)),
         .effect = {404, "NR"}});
  }
}

}  // namespace xdscope::rules
