// The policies of RBAC filters, HTTP and network, and what istiod calls them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/context.h"
#include "xdscope/finding.h"

namespace xdscope::rules {

struct PolicyUse {
  enum class Action { kAllow, kDeny, kLog };
  std::string_view key;  // "ns[NS]-policy[NAME]-rule[0]"
  Action action = Action::kAllow;
  bool shadow = false;  // evaluated and counted, without effect
  bool http = false;
  json::Value policy;  // envoy.config.rbac.v3.Policy
  json::Value filter;  // the filter's configuration
  std::string_view filter_name;
  const Listener* listener = nullptr;
  const FilterChain* chain = nullptr;
  const HttpUse* use = nullptr;  // set for HTTP
};
// Those of every serving listener; a policy stands in each chain that it applies to.
std::vector<PolicyUse> policy_uses(const RuleContext& context);

// "AuthorizationPolicy shop/allow-all, rule 0"; other keys as they stand.
std::string policy_text(const PolicyUse& policy);
// "AuthorizationPolicy shop/allow-all"; other keys as they stand.
std::string policy_name(const PolicyUse& policy);
// The AuthorizationPolicy behind a key; nothing for keys of another form.
std::optional<KubernetesResource> resource_of(const PolicyUse& policy, std::string field);

// One condition of a permission or principal; `negated` counts the not_rule and not_id around it.
struct Condition {
  json::Value value;  // Permission or Principal, with none of the logical members
  bool negated = false;
};
// The conditions in a list of permissions or principals, however deep.
std::vector<Condition> conditions_of(json::Value list);
// Whether a list has an entry that everything satisfies.
bool holds_any(json::Value list);
// Whether the policy holds for every request or connection.
bool is_unconditional(const PolicyUse& policy);

}  // namespace xdscope::rules
