#include <fmt/format.h>

#include <map>
#include <set>

#include "rules/rule.h"
#include "rules/support/filters.h"

namespace xdscope::rules {
namespace {

struct Places {
  const RbacPolicy* first = nullptr;
  std::set<std::string> ports;
};

// Chains without a port take what no Service has; every HTTP policy closes them, by design.
bool has_port(const ChainPlace& place) { return place.chain->match.destination_port.has_value(); }

std::string port_of(const ChainPlace& place) {
  return std::to_string(*place.chain->match.destination_port);
}

std::string list(const std::set<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += fmt::format("{}{}", text.empty() ? "" : ", ", item);
  return text;
}

bool is_unconditional(const RbacPolicy& policy) {
  return is_any(policy.source["permissions"]) && is_any(policy.source["principals"]);
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
    if (!has_port(place) || !has_tcp_proxy(*place.chain)) continue;
    for (const Extension& filter : place.chain->filters) {
      const json::Value rules = filter.config["rules"];
      if (filter.type_name() == "RBAC" && rules.is_object() && rules["policies"].empty() &&
          rules["action"].text() != "DENY") {
        ports.insert(port_of(place));
      }
    }
  }
  return ports;
}

std::string name_of(const RbacPolicy& policy) {
  const PolicyName name = parse_policy_key(policy.key);
  return name.name.empty() ? std::string(policy.key)
                           : fmt::format("AuthorizationPolicy {}/{}", name.namespace_, name.name);
}

}  // namespace

void check_az005(const RuleContext& context, Reporter& report) {
  const std::vector<RbacPolicy> policies = rbac_policies(context);
  std::set<std::string_view> conditional;
  std::map<std::string_view, const RbacPolicy*> http_allow;
  for (const RbacPolicy& policy : policies) {
    if (policy.use == nullptr || policy.shadow) continue;
    if (!is_unconditional(policy)) conditional.insert(policy.key);
    if (!policy.deny) http_allow.emplace(policy.key, &policy);
  }
  std::map<std::string_view, Places> widened;
  for (const RbacPolicy& policy : policies) {
    if (policy.use != nullptr || policy.shadow) continue;
    http_allow.erase(policy.key);
    const bool bad_custom = policy.key.ends_with("-bad-CUSTOM-action");
    if (!has_port(policy.place)) continue;
    if (!policy.deny || bad_custom || !is_unconditional(policy) ||
        !conditional.contains(policy.key)) {
      continue;
    }
    Places& places = widened[policy.key];
    if (places.first == nullptr) places.first = &policy;
    places.ports.insert(port_of(policy.place));
  }
  for (const auto& [key, places] : widened) {
    report.add({.object = name_of(*places.first),
                .at = places.first->source,
                .message = fmt::format("{} denies every connection to TCP ports ({}): its HTTP "
                                       "conditions cannot be checked there",
                                       name_of(*places.first), list(places.ports)),
                .resource = authorization_policy(key, "spec.rules[].to[].operation.ports")});
  }
  const std::set<std::string> closed = ports_without_allow(context);
  if (closed.empty()) return;
  for (const auto& [key, policy] : http_allow) {
    report.add({.object = name_of(*policy),
                .identity = fmt::format("allow {}", name_of(*policy)),
                .at = policy->source,
                .message = fmt::format("No rule allows connections to TCP ports ({}), because {} "
                                       "has HTTP conditions, which cannot be checked there",
                                       list(closed), name_of(*policy)),
                .resource = authorization_policy(key, "spec.rules[].to[].operation.ports"),
                .severity = Severity::kWarning});
  }
}

}  // namespace xdscope::rules
