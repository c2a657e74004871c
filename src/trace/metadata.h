// Dynamic metadata that filters leave behind, and matchers over it
// (envoy.type.matcher.v3.MetadataMatcher, ValueMatcher).
#pragma once

#include <memory>
#include <string_view>

#include "trace/http_filters/http_filter.h"
#include "trace/verdict.h"

namespace xdscope::trace {

// A ValueMatcher over a JSON value; an absent value matches `present_match: false` only.
Verdict value_matches(json::Value matcher, json::Value value);

// A MetadataMatcher over what filters have left behind so far.
Verdict metadata_matches(json::Value matcher, const StreamState& stream);

// Adds `json`, the text of an object, under the namespace.
void add_metadata(StreamState& stream, std::string_view namespace_, std::string_view json);

}  // namespace xdscope::trace
