// Filter chains and filters as rules see them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/context.h"

namespace xdscope::rules {

struct ChainPlace {
  const Listener* listener = nullptr;
  const FilterChain* chain = nullptr;
};
// Every chain of the listeners that serve, default ones included.
std::vector<ChainPlace> all_chains(const RuleContext& context);
// "filter chain 0.0.0.0_80 of listener virtualInbound".
std::string object_of(const ChainPlace& place);

// The HTTP filters of a connection manager of that message type, such as "JwtAuthentication".
std::vector<const Extension*> http_filters(const HttpUse& use, std::string_view type_name);

// A policy of an RBAC filter, HTTP or network.
struct RbacPolicy {
  ChainPlace place;
  const HttpUse* use = nullptr;  // nullptr for a network filter
  bool deny = false;             // rules.action; absent means ALLOW
  bool shadow = false;           // dry run
  std::string_view key;          // "ns[foo]-policy[deny-admin]-rule[0]"
  json::Value source;
};
std::vector<RbacPolicy> rbac_policies(const RuleContext& context);

// The parts of Istio's policy keys; empty for other keys
// (istio: pilot/pkg/security/authz/builder, policyName).
struct PolicyName {
  std::string_view namespace_;
  std::string_view name;
};
PolicyName parse_policy_key(std::string_view key);
std::optional<KubernetesResource> authorization_policy(std::string_view key, std::string field);

// Whether a policy's permissions, or principals, hold for every request: all their leaves are any.
bool is_any(json::Value permissions_or_principals);
// Whether a member with that proto field name stands anywhere inside.
bool mentions(json::Value value, std::string_view field);

}  // namespace xdscope::rules
