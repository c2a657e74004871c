#include <fmt/format.h>

#include <set>

#include "rules/rule.h"
#include "rules/support/policies.h"

namespace xdscope::rules {

void check_az013(const RuleContext& context, Reporter& report) {
  const std::vector<PolicyUse> policies = policy_uses(context);
  std::set<std::string_view> enforced;
  for (const PolicyUse& policy : policies) {
    if (!policy.shadow) enforced.insert(policy.key);
  }
  for (const PolicyUse& policy : policies) {
    if (!policy.shadow || enforced.contains(policy.key)) continue;
    // istio: CUSTOM policies choose by shadow rules what the external service is asked about.
    if (policy.filter["shadow_rules_stat_prefix"].text() == "istio_ext_authz_") continue;
    report.add(
        {.object = policy_text(policy),
         .at = policy.policy,
         .message = fmt::format("{} is in dry run: it {} nothing", policy_text(policy),
                                policy.action == PolicyUse::Action::kDeny ? "denies" : "decides"),
         .resource = resource_of(policy, "metadata.annotations[istio.io/dry-run]")});
  }
}

}  // namespace xdscope::rules
