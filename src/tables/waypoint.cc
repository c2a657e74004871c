// `listener --waypoint`: filter chains by the paths that lead to them through the matcher tree.
#include <algorithm>
#include <optional>
#include <tuple>

#include <fmt/format.h>

#include "base/try.h"
#include "model/filter_chains.h"
#include "tables/listener_cells.h"
#include "tables/matcher_paths.h"
#include "tables/select.h"

namespace xdscope::tables {
namespace {

// By port, address and type, but internal listeners, which have neither, among themselves by name.
void sort_as_waypoint(Selection& selection, const Index& index) {
  std::ranges::stable_sort(selection, {}, [&](const Resource* resource) {
    const Listener& listener = index.listener(*resource);
    return std::tuple(
        listener.primary().port, listener_address(listener.primary()), listener.internal,
        listener.internal ? std::string_view() : listener_type(listener), listener.name);
  });
}

std::string name_cell(const Listener& listener, const std::vector<const FilterChain*>& chains) {
  std::string name = fmt::format("envoy://{}", listener.name);
  const bool twice = listener.internal && chains.size() == 1 && chains.front()->name == name;
  return twice ? "internal" : name;
}

}  // namespace

Result<Table> waypoint_listeners(const Index& index) {
  XDSCOPE_TRY_ASSIGN(Selection selection, select_listeners(index, {}, Columns::kShort));
  sort_as_waypoint(selection, index);
  Table table;
  table.padding = 1;
  table.header = {"LISTENER", "CHAIN", "MATCH", "DESTINATION"};
  for (const Resource* resource : selection) {
    const Listener& listener = index.listener(*resource);
    const std::vector<const FilterChain*> chains = chains_of(listener);
    const std::string name = name_cell(listener, chains);
    std::optional<MatcherPaths> tree;
    if (listener.filter_chain_matcher) tree.emplace(listener.filter_chain_matcher);
    for (const FilterChain* chain : chains) {
      const std::string destination = destination_cell(*chain);
      if (!tree) {
        table.rows.push_back(
            {name, std::string(chain->name), match_cell(chain->match), destination});
        continue;
      }
      for (std::string& match : tree->to(chain->name)) {
        table.rows.push_back({name, std::string(chain->name), std::move(match), destination});
      }
    }
  }
  return table;
}

}  // namespace xdscope::tables
