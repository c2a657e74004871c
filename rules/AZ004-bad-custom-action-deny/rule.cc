#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/policies.h"

namespace xdscope::rules {

void check_az004(const RuleContext& context, Reporter& report) {
  for (const PolicyUse& policy : policy_uses(context)) {
    // The first since 1.20, the second before.
    const bool nameless = policy.key == "default-deny-all-due-to-bad-CUSTOM-action";
    const bool bad = nameless || policy.key.ends_with("-deny-due-to-bad-CUSTOM-action");
    if (!bad || policy.shadow) continue;
    report.add(
        {.object = policy_name(policy),
         .at = policy.policy,
         .message = fmt::format("The provider of {} cannot be used: all that it matches is "
                                "denied, on TCP ports everything",
                                nameless ? "a CUSTOM AuthorizationPolicy" : policy_name(policy)),
         .effect = {403, ""},
         .resource = resource_of(policy, "spec.provider.name")});
  }
}

}  // namespace xdscope::rules
