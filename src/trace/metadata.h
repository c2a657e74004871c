// Dynamic metadata that filters leave behind, and matchers over it
// (envoy.type.matcher.v3.MetadataMatcher, ValueMatcher).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trace/http_filters/http_filter.h"
#include "trace/verdict.h"

namespace xdscope::trace {

// A ValueMatcher over a Struct's value; an absent value matches `present_match: false` only.
Verdict match_value(json::Value matcher, json::Value value);

// A MetadataMatcher over metadata that is known as a whole.
Verdict match_metadata(json::Value matcher, const std::vector<StreamMetadata>& metadata);
// The same over what filters have left behind so far.
Verdict metadata_matches(json::Value matcher, const StreamState& stream);

// The text as a JSON string, for add_metadata().
std::string json_text(std::string_view text);
// Adds `json`, the text of an object, under the namespace.
void add_metadata(StreamState& stream, std::string_view namespace_, std::string_view json);

}  // namespace xdscope::trace
