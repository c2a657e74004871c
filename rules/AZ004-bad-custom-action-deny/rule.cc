#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/filters.h"

namespace xdscope::rules {

void check_az004(const RuleContext& context, Reporter& report) {
  for (const RbacPolicy& policy : rbac_policies(context)) {
    // The first since 1.20, the second before.
    const bool bad = policy.key.ends_with("-deny-due-to-bad-CUSTOM-action") ||
                     policy.key == "default-deny-all-due-to-bad-CUSTOM-action";
    if (!bad || policy.shadow) continue;
    const PolicyName name = parse_policy_key(policy.key);
    const std::string who =
        name.name.empty() ? std::string("a CUSTOM AuthorizationPolicy")
                          : fmt::format("AuthorizationPolicy {}/{}", name.namespace_, name.name);
    report.add({.object = name.name.empty() ? std::string(policy.key) : who,
                .at = policy.source,
                .message = fmt::format("The provider of {} cannot be used: all that it matches is "
                                       "denied, on TCP ports everything",
                                       who),
                .effect = {403, ""},
                .resource = authorization_policy(policy.key, "spec.provider.name")});
  }
}

}  // namespace xdscope::rules
