#include <fmt/format.h>

#include <algorithm>

#include "rules/rule.h"
#include "rules/support/policies.h"

namespace xdscope::rules {
namespace {

bool has_condition(const PolicyUse& policy, std::string_view kind) {
  for (const Condition& condition : conditions_of(policy.policy["principals"])) {
    if (condition.value[kind]) return true;
  }
  return false;
}

bool reads_proxy_protocol(const Listener& listener) {
  return std::any_of(listener.listener_filters.begin(), listener.listener_filters.end(),
                     [](const Extension& filter) { return filter.type_name() == "ProxyProtocol"; });
}

bool trusts_a_hop(const PolicyUse& policy) {
  if (reads_proxy_protocol(*policy.listener)) return true;
  if (policy.use == nullptr) return false;
  const json::Value manager = policy.use->manager.source;
  // Detection by an extension decides by itself how many hops are trusted.
  return manager["xff_num_trusted_hops"].integer_or(0) > 0 ||
         !manager["original_ip_detection_extensions"].empty();
}

}  // namespace

void check_az008(const RuleContext& context, Reporter& report) {
  const bool gateway = context.role() == Role::kGateway;
  if (gateway && !context.boolean("behind_lb")) return;
  for (const PolicyUse& policy : policy_uses(context)) {
    if (policy.shadow) continue;
    Draft draft{.object = policy_text(policy), .at = policy.policy};
    if (gateway && has_condition(policy, "remote_ip") && !trusts_a_hop(policy)) {
      draft.message = fmt::format(
          "{} goes by the client's address, but listener {} trusts no proxy "
          "before it: behind a load balancer every client has the "
          "balancer's address",
          policy_text(policy), policy.listener->name);
      draft.resource = resource_of(policy, "spec.rules[].from[].source.remoteIpBlocks");
      report.add(std::move(draft));
    } else if (!gateway && has_condition(policy, "direct_remote_ip")) {
      draft.message = fmt::format(
          "{} goes by the address of the connection, which for requests "
          "through a gateway is the gateway's",
          policy_text(policy));
      draft.resource = resource_of(policy, "spec.rules[].from[].source.ipBlocks");
      draft.severity = Severity::kInfo;
      report.add(std::move(draft));
    }
  }
}

}  // namespace xdscope::rules
