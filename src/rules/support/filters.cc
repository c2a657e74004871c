#include "rules/support/filters.h"

#include <fmt/format.h>

#include "model/filter_chains.h"

namespace xdscope::rules {
std::vector<ChainPlace> all_chains(const RuleContext& context) {
  std::vector<ChainPlace> places;
  for (const Listener* listener : context.listeners()) {
    for (const FilterChain* chain : chains_of(*listener)) places.push_back({listener, chain});
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
