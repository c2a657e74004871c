#include "rules/support/policies.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "model/filter_chains.h"

namespace xdscope::rules {
namespace {

struct KeyParts {
  std::string namespace_;
  std::string name;
  std::string rule;
};

// istio: pilot/pkg/security/authz/builder, policyName; CUSTOM policies have the provider before it.
std::optional<KeyParts> parse_key(std::string_view key) {
  static const re2::RE2 kForm(R"((?:.*-)?ns\[([^\]]*)\]-policy\[([^\]]*)\]-rule\[(\d+)\].*)");
  KeyParts parts;
  if (!re2::RE2::FullMatch(re2::StringPiece(key.data(), key.size()), kForm, &parts.namespace_,
                           &parts.name, &parts.rule)) {
    return std::nullopt;
  }
  return parts;
}

PolicyUse::Action action_of(json::Value rules) {
  const json::Value action = rules["action"];
  if (action.type() == json::Type::kNumber) {
    const std::int64_t number = action.integer_or(0);
    return number == 1   ? PolicyUse::Action::kDeny
           : number == 2 ? PolicyUse::Action::kLog
                         : PolicyUse::Action::kAllow;
  }
  return action.text() == "DENY"  ? PolicyUse::Action::kDeny
         : action.text() == "LOG" ? PolicyUse::Action::kLog
                                  : PolicyUse::Action::kAllow;
}

void add_filter(const Extension& filter, const PolicyUse& place, std::vector<PolicyUse>& out) {
  if (filter.type_name() != "RBAC") return;
  for (const std::string_view member : {"rules", "shadow_rules"}) {
    const json::Value rules = filter.config[member];
    for (const json::Member policy : rules["policies"].members()) {
      PolicyUse found = place;
      found.key = policy.key;
      found.action = action_of(rules);
      found.shadow = member == "shadow_rules";
      found.policy = policy.value;
      found.filter = filter.config;
      found.filter_name = filter.name;
      out.push_back(found);
    }
  }
}

void add_network(const Listener& listener, const FilterChain& chain, std::vector<PolicyUse>& out) {
  PolicyUse place;
  place.listener = &listener;
  place.chain = &chain;
  for (const Extension& filter : chain.filters) add_filter(filter, place, out);
}

void add_http(const HttpUse& use, std::vector<PolicyUse>& out) {
  PolicyUse place;
  place.http = true;
  place.listener = use.listener;
  place.chain = use.filter_chain;
  place.use = &use;
  for (const Extension& filter : use.manager.http_filters) add_filter(filter, place, out);
}

void add_conditions(json::Value value, bool negated, int depth, std::vector<Condition>& out) {
  constexpr int kDeepest = 64;
  if (depth > kDeepest) return;
  for (const json::Member member : value.members()) {
    if (member.is("and_rules") || member.is("or_rules")) {
      for (const json::Value part : member.value["rules"].elements()) {
        add_conditions(part, negated, depth + 1, out);
      }
    } else if (member.is("and_ids") || member.is("or_ids")) {
      for (const json::Value part : member.value["ids"].elements()) {
        add_conditions(part, negated, depth + 1, out);
      }
    } else if (member.is("not_rule") || member.is("not_id")) {
      add_conditions(member.value, !negated, depth + 1, out);
    } else {
      out.push_back({value, negated});
    }
  }
}

bool is_any(json::Value value, int depth) {
  constexpr int kDeepest = 64;
  if (depth > kDeepest) return false;
  if (value["any"].boolean_or(false)) return true;
  for (const std::string_view all : {"and_rules", "and_ids"}) {
    const json::Value parts = value[all][all == "and_ids" ? "ids" : "rules"];
    if (parts.empty()) continue;
    bool every = true;
    for (const json::Value part : parts.elements()) every = every && is_any(part, depth + 1);
    if (every) return true;
  }
  for (const std::string_view one : {"or_rules", "or_ids"}) {
    for (const json::Value part : value[one][one == "or_ids" ? "ids" : "rules"].elements()) {
      if (is_any(part, depth + 1)) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<PolicyUse> policy_uses(const RuleContext& context) {
  std::vector<PolicyUse> out;
  for (const HttpUse* use : context.http_uses()) add_http(*use, out);
  for (const Listener* listener : context.listeners()) {
    for (const FilterChain* chain : chains_of(*listener)) add_network(*listener, *chain, out);
  }
  return out;
}

std::string policy_text(const PolicyUse& policy) {
  const auto parts = parse_key(policy.key);
  if (!parts) return fmt::format("RBAC policy {}", policy.key);
  return fmt::format("AuthorizationPolicy {}/{}, rule {}", parts->namespace_, parts->name,
                     parts->rule);
}

std::string policy_name(const PolicyUse& policy) {
  const auto parts = parse_key(policy.key);
  return parts ? fmt::format("AuthorizationPolicy {}/{}", parts->namespace_, parts->name)
               : std::string(policy.key);
}

std::optional<KubernetesResource> resource_of(const PolicyUse& policy, std::string field) {
  auto parts = parse_key(policy.key);
  if (!parts) return std::nullopt;
  return KubernetesResource{"AuthorizationPolicy", std::move(parts->namespace_),
                            std::move(parts->name), std::move(field)};
}

std::vector<Condition> conditions_of(json::Value list) {
  std::vector<Condition> out;
  for (const json::Value value : list.elements()) add_conditions(value, false, 0, out);
  return out;
}

bool holds_any(json::Value list) {
  for (const json::Value value : list.elements()) {
    if (is_any(value, 0)) return true;
  }
  return false;
}

bool is_unconditional(const PolicyUse& policy) {
  return !policy.policy["condition"] && !policy.policy["checked_condition"] &&
         holds_any(policy.policy["permissions"]) && holds_any(policy.policy["principals"]);
}

}  // namespace xdscope::rules
