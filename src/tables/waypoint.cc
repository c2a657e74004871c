// `listener --waypoint`: filter chains by the paths that lead to them through the matcher tree.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/try.h"
#include "model/filter_chains.h"
#include "tables/listener_cells.h"
#include "tables/select.h"

namespace xdscope::tables {
namespace {

// "…DestinationPortInput" as istioctl shortens it: by the name the input has in the tree.
std::string_view input_name(json::Value input) {
  const Extension extension = decode_extension(input);
  return extension.name.empty() ? extension.type_name() : extension.name;
}

class Paths {
 public:
  explicit Paths(std::string_view chain) : chain_(chain) {}

  std::vector<std::string> find(json::Value matcher) {
    const json::Value fallback = matcher["on_no_match"];
    if (is_action(fallback)) {
      found_.emplace_back("UNMATCHED");
      return found_;
    }
    // A top-level on_no_match with a tree of its own is the only tree istioctl looks at; the
    // branches beside it are walked here as well.
    walk(matcher, {});
    return found_;
  }

 private:
  bool is_action(json::Value on_match) const {
    const json::Value action = on_match["action"];
    const std::string_view name = action["typed_config"]["value"].string_or(action["name"].text());
    return action && (name == chain_ || action["name"].text() == chain_);
  }

  void visit(json::Value on_match, std::vector<std::string> path) {
    if (is_action(on_match)) {
      found_.push_back(fmt::format("{}", fmt::join(path, " -> ")));
    } else if (on_match["matcher"]) {
      walk(on_match["matcher"], std::move(path));
    }
  }

  void walk(json::Value matcher, std::vector<std::string> path) {
    if (path.size() > kMaxDepth) return;
    const auto step = [&](std::string text, json::Value on_match) {
      auto longer = path;
      longer.push_back(std::move(text));
      visit(on_match, std::move(longer));
    };
    const json::Value tree = matcher["matcher_tree"];
    const std::string_view input = input_name(tree["input"]);
    for (const auto& [key, on_match] : tree["exact_match_map"]["map"].members()) {
      step(fmt::format("{}={}", input, key), on_match);
    }
    for (const auto& [key, on_match] : tree["prefix_match_map"]["map"].members()) {
      step(fmt::format("{}^{}", input, key), on_match);
    }
    for (const json::Value range :
         tree["custom_match"]["typed_config"]["range_matchers"].elements()) {
      std::string ranges;
      for (const json::Value cidr : range["ranges"].elements()) {
        const std::string_view address = cidr["address_prefix"].text();
        const auto length = cidr["prefix_len"].integer_or(0);
        const bool whole = length == (address.find(':') == std::string_view::npos ? 32 : 128);
        ranges += ranges.empty() ? "" : ",";
        ranges += whole ? std::string(address) : fmt::format("{}/{}", address, length);
      }
      step(fmt::format("{}={}", input, ranges), range["on_match"]);
    }
    for (const json::Value entry : matcher["matcher_list"]["matchers"].elements()) {
      step("LIST", entry["on_match"]);
    }
    if (matcher["on_no_match"]) step("ANY", matcher["on_no_match"]);
  }

  static constexpr std::size_t kMaxDepth = 32;
  std::string_view chain_;
  std::vector<std::string> found_;
};

std::vector<std::string> match_paths(const Listener& listener, const FilterChain& chain) {
  if (!listener.filter_chain_matcher) return {match_cell(chain.match)};
  auto paths = Paths(chain.name).find(listener.filter_chain_matcher);
  if (paths.empty()) paths.emplace_back("NONE");
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

Result<Table> waypoint_listeners(const Index& index) {
  XDSCOPE_TRY_ASSIGN(Selection selection, select_listeners(index, {}, Columns::kShort));
  std::ranges::stable_sort(selection, {}, [&](const Resource* resource) {
    const Listener& listener = index.listener(*resource);
    return std::pair(listener.internal, listener.internal ? listener.name : std::string_view());
  });
  Table table;
  table.padding = 1;
  table.header = {"LISTENER", "CHAIN", "MATCH", "DESTINATION"};
  for (const Resource* resource : selection) {
    const Listener& listener = index.listener(*resource);
    const std::vector<const FilterChain*> chains = chains_of(listener);
    std::string name = fmt::format("envoy://{}", listener.name);
    if (listener.internal && chains.size() == 1 && chains.front()->name == name) name = "internal";
    std::vector<std::tuple<std::string, std::string, std::string>> rows;
    for (const FilterChain* chain : chains) {
      for (std::string& match : match_paths(listener, *chain)) {
        rows.emplace_back(destination_cell(*chain), std::string(chain->name), std::move(match));
      }
    }
    std::ranges::stable_sort(rows, std::greater<>(),
                             [](const auto& row) { return std::get<0>(row); });
    for (auto& [destination, chain, match] : rows) {
      table.rows.push_back({name, chain, match, destination});
    }
  }
  return table;
}

}  // namespace xdscope::tables
