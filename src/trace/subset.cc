#include "trace/subset.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace xdscope::trace {
namespace {

using Criteria = std::map<std::string_view, std::string_view>;  // key -> raw JSON value

void collect(json::Value metadata, Criteria& criteria) {
  for (const json::Member member : metadata["filter_metadata"].at("envoy.lb").members()) {
    criteria[member.key] = member.value.raw();
  }
}

bool has(const Host& host, const Criteria& criteria, bool list_as_any) {
  const json::Value labels = host.endpoint->metadata["filter_metadata"].at("envoy.lb");
  return std::all_of(criteria.begin(), criteria.end(), [&](const auto& wanted) {
    const json::Value label = labels.at(wanted.first);
    if (list_as_any && label.is_array()) {
      for (const json::Value item : label.elements()) {
        if (item.raw() == wanted.second) return true;
      }
      return false;
    }
    return label && label.raw() == wanted.second;
  });
}

std::vector<Host> matching(const std::vector<Host>& hosts, const Criteria& criteria,
                           bool list_as_any) {
  std::vector<Host> out;
  for (const Host& host : hosts) {
    if (has(host, criteria, list_as_any)) out.push_back(host);
  }
  return out;
}

std::string describe(const Criteria& criteria) {
  std::string out;
  for (const auto& [key, value] : criteria) {
    out += fmt::format("{}{}={}", out.empty() ? "" : ", ", key, value);
  }
  return out.empty() ? "no criteria" : out;
}

// The selector whose keys are exactly those of the criteria.
json::Value selector_for(json::Value config, const Criteria& criteria) {
  for (const json::Value selector : config["subset_selectors"].elements()) {
    std::set<std::string_view> keys;
    for (const json::Value key : selector["keys"].elements()) keys.insert(key.text());
    if (keys.size() != criteria.size()) continue;
    if (std::all_of(criteria.begin(), criteria.end(),
                    [&](const auto& c) { return keys.contains(c.first); })) {
      return selector;
    }
  }
  return {};
}

// The selector whose fallback applies to the criteria. Envoy builds a tree of sorted keys and notes
// a selector's fallback only where it makes the node: not where a longer selector before passed it.
json::Value fallback_selector(json::Value config, const Criteria& criteria) {
  for (const json::Value selector : config["subset_selectors"].elements()) {
    std::set<std::string_view> keys;
    for (const json::Value key : selector["keys"].elements()) keys.insert(key.text());
    if (criteria.empty() || keys.size() < criteria.size()) continue;
    const bool passes = std::equal(
        criteria.begin(), criteria.end(), keys.begin(),
        [](const auto& criterion, std::string_view key) { return criterion.first == key; });
    if (passes) return keys.size() == criteria.size() ? selector : json::Value();
  }
  return {};
}

// One look-up by the criteria, and the fallbacks.
SubsetChoice choose(json::Value config, const std::vector<Host>& hosts, const Criteria& criteria) {
  const bool list_as_any = config["list_as_any"].boolean_or(false);
  SubsetChoice choice;
  if (selector_for(config, criteria)) {
    choice.hosts = matching(hosts, criteria, list_as_any);
    choice.why = "subset " + describe(criteria);
    if (!choice.hosts.empty()) return choice;
  }
  const json::Value selector = fallback_selector(config, criteria);
  std::string_view fallback = selector["fallback_policy"].string_or("NOT_DEFINED");
  if (fallback == "KEYS_SUBSET") {
    Criteria fewer;
    for (const json::Value key : selector["fallback_keys_subset"].elements()) {
      if (const auto kept = criteria.find(key.text()); kept != criteria.end()) fewer.insert(*kept);
    }
    // Envoy refuses a selector that falls back to all of its keys.
    if (fewer.size() < criteria.size()) return choose(config, hosts, fewer);
    fallback = "NO_FALLBACK";
  }
  const bool own = fallback != "NOT_DEFINED";
  if (!own) fallback = config["fallback_policy"].string_or("NO_FALLBACK");
  choice.else_any = !own && fallback != "NO_FALLBACK" && config["panic_mode_any"].boolean_or(false);
  if (fallback == "ANY_ENDPOINT") {
    choice.hosts = hosts;
    choice.why = fmt::format("no host has {}: fallback ANY_ENDPOINT", describe(criteria));
  } else if (fallback == "DEFAULT_SUBSET") {
    Criteria defaults;
    for (const json::Member member : config["default_subset"].members()) {
      defaults[member.key] = member.value.raw();
    }
    choice.hosts = matching(hosts, defaults, list_as_any);
    choice.why = fmt::format("no host has {}: fallback DEFAULT_SUBSET {}", describe(criteria),
                             describe(defaults));
  } else {
    choice.hosts.clear();
    choice.why =
        fmt::format("no subset for {} and fallback_policy is NO_FALLBACK", describe(criteria));
  }
  return choice;
}

}  // namespace

SubsetChoice choose_subset(json::Value config, const std::vector<Host>& hosts,
                           json::Value route_metadata, json::Value entry_metadata) {
  Criteria criteria;
  collect(route_metadata, criteria);
  collect(entry_metadata, criteria);
  SubsetChoice choice = choose(config, hosts, criteria);
  if (config["metadata_fallback_policy"].text() == "FALLBACK_LIST" &&
      criteria.contains("fallback_list")) {
    choice.unknown = "the subset's metadata_fallback_policy is not evaluated";
  } else if (config["allow_redundant_keys"].boolean_or(false) && !selector_for(config, criteria) &&
             !criteria.empty()) {
    choice.unknown = "the subset's allow_redundant_keys is not evaluated";
  }
  return choice;
}

}  // namespace xdscope::trace
