#include <fmt/format.h>

#include <map>
#include <set>

#include "rules/rule.h"
#include "rules/support/filters.h"
#include "rules/support/policies.h"

namespace xdscope::rules {
namespace {

bool is_deny(const PolicyUse& policy) { return policy.action == PolicyUse::Action::kDeny; }

struct Places {
  const PolicyUse* first = nullptr;
  std::set<std::string> ports;
};

// Chains without a port take what no Service has; every HTTP policy closes them, by design.
bool has_port(const FilterChain& chain) { return chain.match.destination_port.has_value(); }

std::string port_of(const FilterChain& chain) {
  return std::to_string(*chain.match.destination_port);
}

std::string list(const std::set<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += fmt::format("{}{}", text.empty() ? "" : ", ", item);
  return text;
}

bool has_tcp_proxy(const FilterChain& chain) {
  for (const Extension& filter : chain.filters) {
    if (is_tcp_proxy(filter)) return true;
  }
  return false;
}

// Chains with an ALLOW filter that has no policy left: everything is denied.
std::set<std::string> ports_without_allow(const RuleContext& context) {
  std::set<std::string> ports;
  for (const ChainPlace& place : all_chains(context)) {
    if (!has_port(*place.chain) || !has_tcp_proxy(*place.chain)) continue;
    for (const Extension& filter : place.chain->filters) {
      const json::Value rules = filter.config["rules"];
      if (filter.type_name() == "RBAC" && rules.is_object() && rules["policies"].empty() &&
          rules["action"].text() != "DENY") {
        ports.insert(port_of(*place.chain));
      }
    }
  }
  return ports;
}

}  // namespace

void check_az005(const RuleContext& context, Reporter& report) {
  const std::vector<PolicyUse> policies = policy_uses(context);
  std::set<std::string_view> conditional;
  std::map<std::string_view, const PolicyUse*> http_allow;
  for (const PolicyUse& policy : policies) {
    if (!policy.http || policy.shadow) continue;
    if (!is_unconditional(policy)) conditional.insert(policy.key);
    if (!is_deny(policy)) http_allow.emplace(policy.key, &policy);
  }
  std::map<std::string_view, Places> widened;
  for (const PolicyUse& policy : policies) {
    if (policy.http || policy.shadow) continue;
    http_allow.erase(policy.key);
    const bool bad_custom = policy.key.ends_with("-bad-CUSTOM-action");
    if (!has_port(*policy.chain)) continue;
    if (!is_deny(policy) || bad_custom || !is_unconditional(policy) ||
        !conditional.contains(policy.key)) {
      continue;
    }
    Places& places = widened[policy.key];
    if (places.first == nullptr) places.first = &policy;
    places.ports.insert(port_of(*policy.chain));
  }
  for (const auto& [key, places] : widened) {
    report.add({.object = policy_name(*places.first),
                .at = places.first->policy,
                .message = fmt::format("{} denies every connection to TCP ports ({}): its HTTP "
                                       "conditions cannot be checked there",
                                       policy_name(*places.first), list(places.ports)),
                .resource = resource_of(*places.first, "spec.rules[].to[].operation.ports")});
  }
  const std::set<std::string> closed = ports_without_allow(context);
  if (closed.empty()) return;
  for (const auto& [key, policy] : http_allow) {
    report.add({.object = policy_name(*policy),
                .identity = fmt::format("allow {}", policy_name(*policy)),
                .at = policy->policy,
                .message = fmt::format("No rule allows connections to TCP ports ({}), because {} "
                                       "has HTTP conditions, which cannot be checked there",
                                       list(closed), policy_name(*policy)),
                .resource = resource_of(*policy, "spec.rules[].to[].operation.ports"),
                .severity = Severity::kWarning});
  }
}

}  // namespace xdscope::rules
