#include "tables/matcher_paths.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "xdscope/model/common.h"

namespace xdscope::tables {
namespace {

// "…DestinationPortInput" as istioctl shortens it: by the name the input has in the tree.
std::string_view input_name(json::Value input) {
  const Extension extension = decode_extension(input);
  return extension.name.empty() ? extension.type_name() : extension.name;
}

// The chains that an action names: for Envoy by its value, for istioctl by its own name.
std::set<std::string_view> chains_of_action(json::Value action) {
  if (!action) return {};
  const std::string_view name = action["name"].text();
  return {name, action["typed_config"]["value"].string_or(name)};
}

std::string range_text(json::Value cidr) {
  const std::string_view address = cidr["address_prefix"].text();
  const auto length = cidr["prefix_len"].integer_or(0);
  const bool whole = length == (address.find(':') == std::string_view::npos ? 32 : 128);
  return whole ? std::string(address) : fmt::format("{}/{}", address, length);
}

}  // namespace

MatcherPaths::MatcherPaths(json::Value matcher) {
  // Of a top-level on_no_match with a tree of its own istioctl looks at nothing else; the branches
  // beside it are walked here as well.
  const json::Value fallback = matcher["on_no_match"];
  for (const std::string_view chain : chains_of_action(fallback["action"])) {
    unmatched_.insert(chain);
  }
  walk_tree(matcher, {});
  if (fallback["matcher"]) walk(fallback["matcher"], {});
}

std::vector<std::string> MatcherPaths::to(std::string_view chain) const {
  if (unmatched_.contains(chain)) return {"UNMATCHED"};
  const auto found = paths_.find(chain);
  if (found == paths_.end()) return {complete_ ? "NONE" : "UNKNOWN"};
  std::vector<std::string> paths = found->second;
  std::ranges::sort(paths);
  return paths;
}

void MatcherPaths::walk(json::Value matcher, const std::string& path) {
  walk_tree(matcher, path);
  const json::Value fallback = matcher["on_no_match"];
  if (fallback["matcher"]) {
    walk(fallback["matcher"], path);
  } else if (fallback) {
    step(path, "ANY", fallback);
  }
}

void MatcherPaths::walk_tree(json::Value matcher, const std::string& path) {
  const json::Value tree = matcher["matcher_tree"];
  const std::string_view input = input_name(tree["input"]);
  for (const auto& [key, on_match] : tree["exact_match_map"]["map"].members()) {
    step(path, fmt::format("{}={}", input, key), on_match);
  }
  for (const auto& [key, on_match] : tree["prefix_match_map"]["map"].members()) {
    step(path, fmt::format("{}^{}", input, key), on_match);
  }
  if (const json::Value custom = tree["custom_match"]) walk_custom(custom, input, path);
  for (const json::Value entry : matcher["matcher_list"]["matchers"].elements()) {
    step(path, "LIST", entry["on_match"]);
  }
}

void MatcherPaths::walk_custom(json::Value match, std::string_view input, const std::string& path) {
  const Extension custom = decode_extension(match);
  if (custom.type_name() == "IPMatcher") {
    for (const json::Value matcher : custom.config["range_matchers"].elements()) {
      for (const json::Value range : matcher["ranges"].elements()) {
        step(path, fmt::format("{}={}", input, range_text(range)), matcher["on_match"]);
      }
    }
  } else if (custom.type_name() == "ServerNameMatcher") {
    for (const json::Value matcher : custom.config["domain_matchers"].elements()) {
      for (const json::Value domain : matcher["domains"].elements()) {
        step(path, fmt::format("{}={}", input, domain.text()), matcher["on_match"]);
      }
    }
  } else {
    complete_ = false;
  }
}

void MatcherPaths::step(const std::string& path, std::string_view text, json::Value on_match) {
  const std::string longer = path.empty() ? std::string(text) : fmt::format("{} -> {}", path, text);
  for (const std::string_view chain : chains_of_action(on_match["action"])) {
    paths_[chain].push_back(longer);
  }
  if (on_match["matcher"]) walk(on_match["matcher"], longer);
}

}  // namespace xdscope::tables
