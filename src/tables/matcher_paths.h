// How the matcher tree of a listener leads to its filter chains.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "xdscope/json.h"

namespace xdscope::tables {

// xds.type.matcher.v3.Matcher. The tree is walked once, however many chains there are.
class MatcherPaths {
 public:
  explicit MatcherPaths(json::Value matcher);

  // The paths to a chain, sorted: "INPUT=VALUE", "INPUT^PREFIX", "A=B -> C=D"; "ANY" ends one that
  // is an on_no_match. UNMATCHED alone for the chain that takes what the whole tree does not. Where
  // there is none, NONE; UNKNOWN where part of the tree is of a kind that is not known.
  std::vector<std::string> to(std::string_view chain) const;

 private:
  void walk(json::Value matcher, const std::string& path);
  void walk_tree(json::Value tree, const std::string& path);
  void walk_custom(json::Value match, std::string_view input, const std::string& path);
  void step(const std::string& path, std::string_view text, json::Value on_match);

  std::unordered_map<std::string_view, std::vector<std::string>> paths_;
  std::unordered_set<std::string_view> unmatched_;
  bool complete_ = true;
};

}  // namespace xdscope::tables
