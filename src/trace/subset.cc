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

}  // namespace

std::optional<SubsetChoice> choose_subset(const Cluster& cluster, const std::vector<Host>& hosts,
                                          json::Value route_metadata, json::Value entry_metadata) {
  const json::Value config = cluster.lb_subset_config;
  if (config["subset_selectors"].empty()) return {};
  Criteria criteria;
  collect(route_metadata, criteria);
  collect(entry_metadata, criteria);
  const bool list_as_any = config["list_as_any"].boolean_or(false);

  const json::Value selector = selector_for(config, criteria);
  if (selector) {
    std::vector<Host> chosen = matching(hosts, criteria, list_as_any);
    if (!chosen.empty()) return SubsetChoice{std::move(chosen), "subset " + describe(criteria)};
  }
  std::string_view fallback = selector["fallback_policy"].string_or("NOT_DEFINED");
  if (fallback == "NOT_DEFINED") fallback = config["fallback_policy"].string_or("NO_FALLBACK");
  if (fallback == "KEYS_SUBSET") {
    Criteria fewer;
    for (const json::Value key : selector["fallback_keys_subset"].elements()) {
      if (const auto kept = criteria.find(key.text()); kept != criteria.end()) fewer.insert(*kept);
    }
    std::vector<Host> chosen = matching(hosts, fewer, list_as_any);
    if (!chosen.empty()) {
      return SubsetChoice{std::move(chosen), "fallback to the keys " + describe(fewer)};
    }
    fallback = config["fallback_policy"].string_or("NO_FALLBACK");
  }
  if (fallback == "ANY_ENDPOINT") {
    return SubsetChoice{hosts,
                        fmt::format("no host has {}: fallback ANY_ENDPOINT", describe(criteria))};
  }
  if (fallback == "DEFAULT_SUBSET") {
    Criteria defaults;
    for (const json::Member member : config["default_subset"].members()) {
      defaults[member.key] = member.value.raw();
    }
    return SubsetChoice{matching(hosts, defaults, list_as_any),
                        fmt::format("no host has {}: fallback DEFAULT_SUBSET {}",
                                    describe(criteria), describe(defaults))};
  }
  return SubsetChoice{
      {}, fmt::format("no subset for {} and fallback_policy is NO_FALLBACK", describe(criteria))};
}

}  // namespace xdscope::trace
