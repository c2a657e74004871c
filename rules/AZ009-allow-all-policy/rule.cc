#include <fmt/format.h>

#include <set>

#include "rules/rule.h"
#include "rules/support/policies.h"

namespace xdscope::rules {
namespace {

bool allows_all(const PolicyUse& policy) {
  return policy.action == PolicyUse::Action::kAllow && !policy.shadow && is_unconditional(policy);
}

}  // namespace

void check_az009(const RuleContext& context, Reporter& report) {
  const std::vector<PolicyUse> policies = policy_uses(context);
  std::set<std::string_view> others;
  for (const PolicyUse& policy : policies) {
    if (policy.action == PolicyUse::Action::kAllow && !policy.shadow && !allows_all(policy)) {
      others.insert(policy.key);
    }
  }
  for (const PolicyUse& policy : policies) {
    if (!allows_all(policy)) continue;
    const std::string moot = others.empty()
                                 ? std::string()
                                 : fmt::format("; {} other ALLOW rule{} without effect",
                                               others.size(), others.size() == 1 ? " is" : "s are");
    report.add({.object = policy_text(policy),
                .at = policy.policy,
                .message = fmt::format("{} allows every request{}", policy_text(policy), moot),
                .resource = resource_of(policy, "spec.rules")});
  }
}

}  // namespace xdscope::rules
