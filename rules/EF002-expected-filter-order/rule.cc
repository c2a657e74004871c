#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/text.h"
#include "model/filter_chains.h"
#include "rules/rule.h"

namespace xdscope::rules {
namespace {

struct Chain {
  const Listener* listener = nullptr;
  const FilterChain* filter_chain = nullptr;
  std::span<const Extension> filters;
  bool http = false;
};

std::vector<Chain> listed_chains(const RuleContext& context) {
  std::vector<Chain> chains;
  for (const Listener* listener : context.listeners()) {
    if (!context.listed("listeners", listener->name)) continue;
    for (const FilterChain* chain : chains_of(*listener)) {
      chains.push_back({listener, chain, chain->filters, false});
    }
  }
  for (const HttpUse* use : context.http_uses()) {
    if (!context.listed("listeners", use->listener->name)) continue;
    chains.push_back({use->listener, use->filter_chain, use->manager.http_filters, true});
  }
  return chains;
}

std::string name_of(const Chain& chain) {
  const std::string_view name = chain.filter_chain->name;
  const std::string where = name.empty() ? std::string() : fmt::format("filter chain {} of ", name);
  return fmt::format("{}listener {}", where, chain.listener->name);
}

void add(Reporter& report, const Chain& chain, const Extension& filter, std::string_view topic,
         std::string message, std::optional<Severity> severity = {}) {
  report.add({.object = fmt::format("{} in {}", topic, name_of(chain)),
              .at = filter.source,
              .message = std::move(message),
              .resource = KubernetesResource{"EnvoyFilter", "", "", "spec.configPatches"},
              .severity = severity});
}

void check_order(const RuleContext& context, const Chain& chain, Reporter& report) {
  for (const std::string& pair : context.strings("order")) {
    const std::size_t sign = pair.find('<');
    if (sign == std::string::npos) continue;
    const std::string_view before = trim(std::string_view(pair).substr(0, sign));
    const std::string_view after = trim(std::string_view(pair).substr(sign + 1));
    const Extension* seen = nullptr;
    for (const Extension& filter : chain.filters) {
      if (filter.name == after && seen == nullptr) seen = &filter;
      if (filter.name != before || seen == nullptr) continue;
      // A second one behind does no harm as long as the first stands in front.
      const bool in_front = std::any_of(
          chain.filters.begin(), chain.filters.end(),
          [&](const Extension& other) { return &other < seen && other.name == before; });
      if (in_front) break;
      add(report, chain, filter, fmt::format("order of {} and {}", before, after),
          fmt::format("{} stands after {} in {}", before, after, name_of(chain)));
      break;
    }
  }
}

void check_once(const RuleContext& context, const Chain& chain, Reporter& report) {
  for (const std::string& name : context.strings("once")) {
    const auto is_it = [&](const Extension& filter) { return filter.name == name; };
    const auto count = std::count_if(chain.filters.begin(), chain.filters.end(), is_it);
    if (count < 2) continue;
    add(report, chain, *std::find_if(chain.filters.begin(), chain.filters.end(), is_it),
        fmt::format("filter {}", name),
        fmt::format("{} stands {} times in {}", name, count, name_of(chain)));
  }
}

bool is_authorization(const Extension& filter) {
  const std::string_view type = filter.type_name();
  return type == "JwtAuthentication" || type == "RBAC" || type == "ExtAuthz";
}

// Filters of Envoy that run nobody's code but its own.
bool is_plain(const Extension& filter) {
  const std::string_view type = filter.type_name();
  return filter.type.starts_with("envoy.") && type != "Lua" && type != "Wasm" &&
         type != "ExternalProcessor" && filter.type.find(".golang.") == std::string_view::npos;
}

void check_before_authorization(const RuleContext& context, const Chain& chain, Reporter& report) {
  const auto last = std::find_if(chain.filters.rbegin(), chain.filters.rend(), is_authorization);
  if (!chain.http || last == chain.filters.rend()) return;
  for (const Extension& filter : chain.filters) {
    if (&filter == &*last) return;
    if (is_plain(filter) || context.listed("before_authorization", filter.name)) continue;
    add(report, chain, filter, fmt::format("filter {}", filter.name),
        fmt::format("{} runs before {} in {}: it sees requests that nobody has checked",
                    filter.name, last->name, name_of(chain)),
        Severity::kInfo);
  }
}

void check_required(const RuleContext& context, std::span<const Chain> chains, Reporter& report) {
  for (const std::string& name : context.strings("required")) {
    const bool network = std::any_of(chains.begin(), chains.end(), [&](const Chain& chain) {
      return !chain.http &&
             std::any_of(chain.filters.begin(), chain.filters.end(),
                         [&](const Extension& filter) { return filter.name == name; });
    });
    for (const Chain& chain : chains) {
      if (chain.http == network || chain.filters.empty()) continue;
      if (std::any_of(chain.filters.begin(), chain.filters.end(),
                      [&](const Extension& filter) { return filter.name == name; })) {
        continue;
      }
      add(report, chain, chain.filters.front(), fmt::format("filter {}", name),
          fmt::format("{} is missing in {}", name, name_of(chain)));
    }
  }
}

}  // namespace

void check_ef002(const RuleContext& context, Reporter& report) {
  const std::vector<Chain> chains = listed_chains(context);
  for (const Chain& chain : chains) {
    check_order(context, chain, report);
    check_once(context, chain, report);
    check_before_authorization(context, chain, report);
  }
  check_required(context, chains, report);
}

}  // namespace xdscope::rules
