// xds.type.matcher.v3.Matcher: the generic matching tree (envoy: source/common/matcher).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "trace/ip.h"
#include "trace/verdict.h"
#include "xdscope/model/common.h"

namespace xdscope::trace {

// What an input of the tree yields. Without a value it is absent, unless it is unknown.
struct TreeInput {
  std::optional<std::string> value = {};
  bool unknown = false;
};
// Answers the inputs that a tree asks for; `input` is the TypedExtensionConfig.
using TreeInputs = std::function<TreeInput(const Extension& input)>;

struct TreeResult {
  Verdict matched = Verdict::kNo;
  json::Value action;   // the TypedExtensionConfig, where matched is kYes
  json::Value source;   // the entry that decided
  std::string unknown;  // what could not be told
};

TreeResult evaluate_matcher_tree(json::Value matcher, const TreeInputs& inputs);

}  // namespace xdscope::trace
