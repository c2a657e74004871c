#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "rules/rule.h"
#include "rules/support/inbound.h"
#include "rules/support/policies.h"

namespace xdscope::rules {
namespace {

enum class Identity { kNone, kRefuses, kLetsIn };

// What happens to a client without a certificate. `negated` conditions hold for it.
Identity identity_in(const PolicyUse& policy) {
  Identity found = Identity::kNone;
  for (const Condition& condition : conditions_of(policy.policy["principals"])) {
    if (!condition.value["authenticated"]["principal_name"]) continue;
    const bool matches_plain = condition.negated;
    const bool lets_in = (policy.action == PolicyUse::Action::kDeny) != matches_plain;
    if (lets_in) return Identity::kLetsIn;
    found = Identity::kRefuses;
  }
  return found;
}

struct Found {
  PolicyUse policy;
  Identity identity = Identity::kNone;
  std::vector<std::string> ports;
};

std::vector<Found> find(const RuleContext& context) {
  std::vector<Found> out;
  std::map<std::string_view, std::size_t> known;
  const std::vector<PolicyUse> policies = policy_uses(context);
  for (const InboundPort& port : inbound_ports(context)) {
    for (const PolicyUse& policy : policies) {
      if (policy.shadow ||
          std::find(port.plain.begin(), port.plain.end(), policy.chain) == port.plain.end()) {
        continue;
      }
      const Identity identity = identity_in(policy);
      if (identity == Identity::kNone) continue;
      const auto [it, added] = known.try_emplace(policy.key, out.size());
      if (added) out.push_back({policy, identity, {}});
      auto& ports = out[it->second].ports;
      const std::string text = port_text(port);
      if (std::find(ports.begin(), ports.end(), text) == ports.end()) ports.push_back(text);
    }
  }
  return out;
}

}  // namespace

void check_az007(const RuleContext& context, Reporter& report) {
  for (const Found& found : find(context)) {
    const bool lets_in = found.identity == Identity::kLetsIn;
    const std::string ports = fmt::format("{}", fmt::join(found.ports, ", "));
    report.add(
        {.object = policy_text(found.policy),
         .at = found.policy.policy,
         .message = lets_in
                        ? fmt::format("{} does not stop clients without a certificate, and "
                                      "plain text is accepted on {}",
                                      policy_text(found.policy), ports)
                        : fmt::format("{} asks for a certificate: plain text, which is accepted "
                                      "on {}, is always refused",
                                      policy_text(found.policy), ports),
         .resource =
             KubernetesResource{"PeerAuthentication", std::string(context.node().namespace_), "",
                                "spec.mtls.mode"},
         .severity = lets_in ? Severity::kWarning : Severity::kInfo});
  }
}

}  // namespace xdscope::rules
