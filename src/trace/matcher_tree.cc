#include "trace/matcher_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "trace/matchers.h"
#include "xdscope/model/route.h"

namespace xdscope::trace {
namespace {

// Deeper than protobuf takes JSON: no Envoy holds such a tree.
constexpr int kMaxDepth = 100;
constexpr std::string_view kTooDeep = "the matcher is nested too deep";

class Evaluation {
 public:
  explicit Evaluation(const TreeInputs& inputs) : inputs_(inputs) {}

  TreeResult matcher(json::Value matcher, int depth) {
    if (!matcher) return {};
    if (depth > kMaxDepth) return unknown(matcher, kTooDeep);
    TreeResult result;
    if (const json::Value list = matcher["matcher_list"]) {
      result = matcher_list(list, depth);
    } else if (const json::Value tree = matcher["matcher_tree"]) {
      result = matcher_tree(tree, depth);
    }
    if (result.matched != Verdict::kNo) return result;
    return on_match(matcher["on_no_match"], depth);
  }

 private:
  TreeResult on_match(json::Value on_match, int depth) {
    if (const json::Value nested = on_match["matcher"]) return matcher(nested, depth + 1);
    if (const json::Value action = on_match["action"]) {
      return {Verdict::kYes, action, on_match, {}};
    }
    return {};
  }

  TreeResult unknown(json::Value source, std::string_view what) {
    return {Verdict::kUnknown, {}, source, std::string(what)};
  }

  TreeResult matcher_list(json::Value list, int depth) {
    for (const json::Value entry : list["matchers"].elements()) {
      const Verdict holds = predicate(entry["predicate"], depth);
      if (holds == Verdict::kUnknown) return unknown(entry, unknown_);
      if (holds == Verdict::kNo) continue;
      if (entry["on_match"]["keep_matching"].boolean_or(false)) continue;
      TreeResult result = on_match(entry["on_match"], depth);
      if (result.matched != Verdict::kNo) return result;
    }
    return {};
  }

  Verdict predicate(json::Value predicate, int depth) {
    if (depth > kMaxDepth) {
      unknown_ = kTooDeep;
      return Verdict::kUnknown;
    }
    if (const json::Value single = predicate["single_predicate"]) return single_predicate(single);
    if (const json::Value all = predicate["and_matcher"]["predicate"]) {
      Verdict result = Verdict::kYes;
      for (const json::Value part : all.elements()) {
        result = std::min(result, this->predicate(part, depth + 1));
      }
      return result;
    }
    if (const json::Value any = predicate["or_matcher"]["predicate"]) {
      Verdict result = Verdict::kNo;
      for (const json::Value part : any.elements()) {
        result = std::max(result, this->predicate(part, depth + 1));
      }
      return result;
    }
    if (const json::Value inner = predicate["not_matcher"]) {
      return !this->predicate(inner, depth + 1);
    }
    return Verdict::kNo;
  }

  TreeInput input(json::Value config) {
    const Extension extension = decode_extension(config);
    TreeInput got = inputs_(extension);
    if (got.unknown) unknown_ = fmt::format("input {} is not known", extension.type_name());
    return got;
  }

  Verdict single_predicate(json::Value predicate) {
    const TreeInput got = input(predicate["input"]);
    if (got.unknown) return Verdict::kUnknown;
    if (!got.value) return Verdict::kNo;
    if (const json::Value value_match = predicate["value_match"]) {
      return string_matches(value_match, *got.value);
    }
    unknown_ = fmt::format("matcher {} is not evaluated",
                           decode_extension(predicate["custom_match"]).type_name());
    return Verdict::kUnknown;
  }

  Verdict string_matches(json::Value config, std::string_view text) {
    const Verdict matches = StringCriterion(decode_string_matcher(config)).matches(text);
    if (matches == Verdict::kUnknown) unknown_ = "a string matcher is not evaluated";
    return matches;
  }

  TreeResult matcher_tree(json::Value tree, int depth) {
    const TreeInput got = input(tree["input"]);
    if (got.unknown) return unknown(tree, unknown_);
    if (!got.value) return {};
    if (const json::Value map = tree["exact_match_map"]["map"]) {
      const json::Value found = map.at(*got.value);
      return found ? on_match(found, depth) : TreeResult{};
    }
    if (const json::Value map = tree["prefix_match_map"]["map"]) {
      return prefix_map(map, *got.value, depth);
    }
    const Extension custom = decode_extension(tree["custom_match"]);
    if (custom.type_name() == "IPMatcher") return ip_trie(custom.config, *got.value, depth);
    return unknown(tree, fmt::format("matcher {} is not evaluated", custom.type_name()));
  }

  // The longest prefix whose on_match yields something.
  TreeResult prefix_map(json::Value map, std::string_view text, int depth) {
    std::vector<json::Member> fitting;
    for (const json::Member member : map.members()) {
      if (text.starts_with(member.key)) fitting.push_back(member);
    }
    std::sort(fitting.begin(), fitting.end(), [](const json::Member& a, const json::Member& b) {
      return a.key.size() > b.key.size();
    });
    for (const json::Member& member : fitting) {
      TreeResult result = on_match(member.value, depth);
      if (result.matched != Verdict::kNo) return result;
    }
    return {};
  }

  // xds.type.matcher.v3.IPMatcher: the longest range first, the next one where its on_match yields
  // nothing, unless the range is exclusive.
  TreeResult ip_trie(json::Value config, std::string_view text, int depth) {
    const auto ip = parse_ip(text);
    if (!ip) return {};
    struct Fit {
      std::uint32_t length;
      json::Value range_matcher;
    };
    std::vector<Fit> fitting;
    for (const json::Value entry : config["range_matchers"].elements()) {
      for (const json::Value range : entry["ranges"].elements()) {
        const auto compiled =
            parse_range(range["address_prefix"].text(),
                        static_cast<std::uint32_t>(range["prefix_len"].integer_or(0)));
        if (compiled && compiled->contains(*ip)) fitting.push_back({compiled->length, entry});
      }
    }
    std::stable_sort(fitting.begin(), fitting.end(),
                     [](const Fit& a, const Fit& b) { return a.length > b.length; });
    for (const Fit& fit : fitting) {
      TreeResult result = on_match(fit.range_matcher["on_match"], depth);
      if (result.matched != Verdict::kNo) return result;
      if (fit.range_matcher["exclusive"].boolean_or(false)) return {};
    }
    return {};
  }

  const TreeInputs& inputs_;
  std::string unknown_;
};

}  // namespace

TreeResult evaluate_matcher_tree(json::Value matcher, const TreeInputs& inputs) {
  return Evaluation(inputs).matcher(matcher, 0);
}

}  // namespace xdscope::trace
