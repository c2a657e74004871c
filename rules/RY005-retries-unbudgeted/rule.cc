#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

// Limits of the default priority, read in place: most clusters of a mesh are looked at.
bool unbudgeted(const RuleContext& context, std::string_view name) {
  const Resource* resource = context.cluster_resource(name);
  if (resource == nullptr) return false;
  for (const json::Value threshold : resource->body["circuit_breakers"]["thresholds"].elements()) {
    if (threshold["priority"].text() == "HIGH") continue;
    return !threshold["retry_budget"] && threshold["max_retries"].integer_or(3) == 4294967295;
  }
  return false;
}

std::string_view unbudgeted_target(const RuleContext& context, const Route& route) {
  for (const std::string_view cluster : forward_clusters(route)) {
    if (unbudgeted(context, cluster)) return cluster;
  }
  return {};
}

bool is_wide(const RuleContext& context, const RetryPolicy& policy) {
  if (static_cast<std::int64_t>(policy.num_retries) > context.integer("warn_above")) return true;
  return has_condition(policy, "5xx") || has_condition(policy, "gateway-error") ||
         has_condition(policy, "reset") || has_condition(policy, "retriable-4xx");
}

}  // namespace

void check_ry005(const RuleContext& context, Reporter& report) {
  const std::vector<RetryUse>& uses = retry_uses(context);
  const RetryUse* first = nullptr;
  std::size_t routes = 0;
  for (const RetryUse& use : uses) {
    if (use.inbound) continue;
    const std::string_view cluster = unbudgeted_target(context, *use.first.route);
    if (cluster.empty()) continue;
    if (!is_wide(context, *use.policy)) {
      if (first == nullptr) first = &use;
      routes += use.places.size();
      continue;
    }
    report.add(
        {.object = object_of(use.first),
         .identity = identity_of(use.first),
         .at = use.policy->source,
         .message = fmt::format("Up to {} retries a request, and no limit on how many run at "
                                "once towards {}{}",
                                use.policy->num_retries, cluster, copies_text(use)),
         .resource =
             KubernetesResource{"DestinationRule", "", "", "spec.trafficPolicy.retryBudget"},
         .severity = Severity::kWarning});
  }
  if (first == nullptr) return;
  report.add(
      {.object = "clusters that are retried without a budget",
       .at = first->policy->source,
       .message = fmt::format("{} routes retry without a limit on concurrent retries", routes),
       .resource =
           KubernetesResource{"DestinationRule", "", "", "spec.trafficPolicy.retryBudget"}});
}

}  // namespace xdscope::rules
