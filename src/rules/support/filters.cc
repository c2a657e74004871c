#include "rules/support/filters.h"

#include <fmt/format.h>

namespace xdscope::rules {
namespace {

bool is_rbac(const Extension& filter) { return filter.type_name() == "RBAC"; }

void add_rules(std::vector<RbacPolicy>& out, json::Value rules, RbacPolicy policy) {
  policy.deny = rules["action"].text() == "DENY" || rules["action"].integer_or(0) == 1;
  for (const json::Member member : rules["policies"].members()) {
    policy.key = member.key;
    policy.source = member.value;
    out.push_back(policy);
  }
}

void add_filter(std::vector<RbacPolicy>& out, const Extension& filter, RbacPolicy policy) {
  if (!is_rbac(filter)) return;
  add_rules(out, filter.config["rules"], policy);
  policy.shadow = true;
  add_rules(out, filter.config["shadow_rules"], policy);
}

std::string_view between(std::string_view text, std::string_view begin) {
  const std::size_t at = text.find(begin);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + begin.size());
  return rest.substr(0, rest.find(']'));
}

}  // namespace

std::vector<ChainPlace> all_chains(const RuleContext& context) {
  std::vector<ChainPlace> places;
  for (const Listener* listener : context.listeners()) {
    for (const FilterChain& chain : listener->filter_chains) places.push_back({listener, &chain});
    if (listener->default_filter_chain)
      places.push_back({listener, &*listener->default_filter_chain});
  }
  return places;
}

std::string object_of(const ChainPlace& place) {
  if (place.chain->name.empty()) return fmt::format("listener {}", place.listener->name);
  return fmt::format("filter chain {} of listener {}", place.chain->name, place.listener->name);
}

std::vector<const Extension*> http_filters(const HttpUse& use, std::string_view type_name) {
  std::vector<const Extension*> filters;
  for (const Extension& filter : use.manager.http_filters) {
    if (filter.type_name() == type_name) filters.push_back(&filter);
  }
  return filters;
}

std::vector<RbacPolicy> rbac_policies(const RuleContext& context) {
  std::vector<RbacPolicy> out;
  for (const ChainPlace& place : all_chains(context)) {
    for (const Extension& filter : place.chain->filters) {
      add_filter(out, filter, {place, nullptr, false, false, {}, {}});
    }
  }
  for (const HttpUse* use : context.http_uses()) {
    for (const Extension& filter : use->manager.http_filters) {
      add_filter(out, filter, {{use->listener, use->filter_chain}, use, false, false, {}, {}});
    }
  }
  return out;
}

PolicyName parse_policy_key(std::string_view key) {
  return {between(key, "ns["), between(key, "-policy[")};
}

std::optional<KubernetesResource> authorization_policy(std::string_view key, std::string field) {
  const PolicyName name = parse_policy_key(key);
  if (name.name.empty()) return std::nullopt;
  return KubernetesResource{"AuthorizationPolicy", std::string(name.namespace_),
                            std::string(name.name), std::move(field)};
}

bool is_any(json::Value value) {
  if (value.is_array()) {
    for (const json::Value element : value.elements()) {
      if (!is_any(element)) return false;
    }
    return true;
  }
  if (value["any"].boolean_or(false)) return true;
  for (const std::string_view group : {"and_rules", "or_rules"}) {
    if (value[group]) return !value[group]["rules"].empty() && is_any(value[group]["rules"]);
  }
  for (const std::string_view group : {"and_ids", "or_ids"}) {
    if (value[group]) return !value[group]["ids"].empty() && is_any(value[group]["ids"]);
  }
  return false;
}

bool mentions(json::Value value, std::string_view field) {
  for (const json::Member member : value.members()) {
    if (member.is(field) || mentions(member.value, field)) return true;
  }
  if (!value.is_array()) return false;
  for (const json::Value element : value.elements()) {
    if (mentions(element, field)) return true;
  }
  return false;
}

}  // namespace xdscope::rules
