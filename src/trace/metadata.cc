#include "trace/metadata.h"

#include <algorithm>

#include "json/document.h"
#include "trace/string_check.h"

namespace xdscope::trace {
namespace {

Verdict list_matches(json::Value matcher, json::Value value) {
  Verdict best = Verdict::kNo;
  if (!value.is_array()) return best;
  for (const json::Value element : value.elements()) {
    best = std::max(best, value_matches(matcher["one_of"], element));
  }
  return best;
}

Verdict number_matches(json::Value matcher, json::Value value) {
  const auto number = value.number();
  if (!number || value.is_string()) return Verdict::kNo;
  if (const auto exact = matcher["exact"].number()) return verdict(*number == *exact);
  const json::Value range = matcher["range"];
  return verdict(*number >= range["start"].number().value_or(0) &&
                 *number < range["end"].number().value_or(0));
}

}  // namespace

Verdict value_matches(json::Value matcher, json::Value value) {
  if (const auto present = matcher["present_match"].boolean()) {
    return verdict(static_cast<bool>(value) == *present);
  }
  if (const json::Value any = matcher["or_match"]) {
    Verdict best = Verdict::kNo;
    for (const json::Value one : any["value_matchers"].elements()) {
      best = std::max(best, value_matches(one, value));
    }
    return best;
  }
  if (!value)
    return verdict(static_cast<bool>(matcher["null_match"]) && value.type() == json::Type::kNull);
  if (const json::Value string = matcher["string_match"]) {
    const auto text = value.string();
    if (!text) return Verdict::kNo;
    return StringCheck(decode_string_matcher(string)).matches(*text);
  }
  if (const json::Value number = matcher["double_match"]) return number_matches(number, value);
  if (const auto wanted = matcher["bool_match"].boolean()) {
    return verdict(value.boolean() == *wanted);
  }
  if (const json::Value list = matcher["list_match"]) {
    return value.is_array() ? list_matches(list, value) : Verdict::kNo;
  }
  return Verdict::kNo;
}

Verdict metadata_matches(json::Value matcher, const StreamState& stream) {
  const std::string_view wanted = matcher["filter"].text();
  const auto& unknown = stream.unknown_metadata;
  if (std::find(unknown.begin(), unknown.end(), wanted) != unknown.end()) return Verdict::kUnknown;
  json::Value value;
  // Later metadata of the same namespace is merged over earlier.
  for (auto piece = stream.metadata.rbegin(); piece != stream.metadata.rend() && !value; ++piece) {
    if (piece->namespace_ != wanted) continue;
    value = piece->value;
    for (const json::Value segment : matcher["path"].elements()) {
      value = value.at(segment["key"].text());
    }
  }
  const Verdict result = value_matches(matcher["value"], value);
  return matcher["invert"].boolean_or(false) ? !result : result;
}

void add_metadata(StreamState& stream, std::string_view namespace_, std::string_view json) {
  auto document = json::Document::parse(Buffer(json), "metadata");
  if (!document || (*document)->roots().empty()) return;
  std::shared_ptr<const json::Document> kept = std::move(*document);
  stream.metadata.push_back({namespace_, kept->roots().front(), true});
  stream.owned.push_back(std::move(kept));
}

}  // namespace xdscope::trace
