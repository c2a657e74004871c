#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/policies.h"

namespace xdscope::rules {
namespace {

bool is_vulnerable(const Version& version) {
  if (version.minor == 29) return version.patch < 1;
  if (version.minor == 28) return version.patch < 5;
  return version < Version{1, 27, 8};
}

// A pseudo header cannot be sent twice.
std::string_view header_in(const PolicyUse& policy) {
  for (const std::string_view part : {"permissions", "principals"}) {
    for (const Condition& condition : conditions_of(policy.policy[part])) {
      const std::string_view name = condition.value["header"]["name"].text();
      if (!name.empty() && !name.starts_with(":")) return name;
    }
  }
  return {};
}

}  // namespace

void check_az011(const RuleContext& context, Reporter& report) {
  const Version version = context.node().istio;
  if (!version.known() || version.major != 1 || !is_vulnerable(version)) return;
  for (const PolicyUse& policy : policy_uses(context)) {
    if (!policy.http || policy.shadow) continue;
    const std::string_view header = header_in(policy);
    if (header.empty()) continue;
    report.add({.object = policy_text(policy),
                .at = policy.policy,
                .message = fmt::format("{} goes by the header {}, which Istio {} can be made to "
                                       "misread (CVE-2026-26308, CVE-2026-31838)",
                                       policy_text(policy), header, context.node().istio_version),
                .resource = resource_of(policy, "spec.rules[].when")});
  }
}

}  // namespace xdscope::rules
