#include "trace/metadata.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/document.h"
#include "trace/matchers.h"

namespace xdscope::trace {
namespace {

Verdict match_number(json::Value matcher, json::Value value) {
  const auto number = value.type() == json::Type::kNumber ? value.number() : std::nullopt;
  if (!number) return Verdict::kNo;
  if (const json::Value range = matcher["range"]) {
    return verdict(*number >= range["start"].number().value_or(0) &&
                   *number < range["end"].number().value_or(0));
  }
  return verdict(*number == matcher["exact"].number().value_or(0));
}

// The value under the path of keys in one Struct.
json::Value at_path(json::Value value, json::Value path) {
  for (const json::Value segment : path.elements()) value = value.at(segment["key"].text());
  return value;
}

// What the entries of a namespace amount to at a path: the first write stays unless a later one may
// overwrite it; Structs are merged then, so the last value there counts.
json::Value effective_value(const std::vector<StreamMetadata>& metadata,
                            std::string_view namespace_, json::Value path) {
  json::Value found;
  bool written = false;
  for (const StreamMetadata& entry : metadata) {
    if (entry.namespace_ != namespace_ || (written && !entry.allow_overwrite)) continue;
    written = true;
    const json::Value value = at_path(entry.value, path);
    if (value.type() != json::Type::kAbsent) found = value;
  }
  return found;
}

}  // namespace

Verdict match_value(json::Value matcher, json::Value value) {
  for (const auto& [key, wanted] : matcher.members()) {
    if (json::is_field(key, "null_match")) return verdict(value.type() == json::Type::kNull);
    if (json::is_field(key, "double_match")) return match_number(wanted, value);
    if (json::is_field(key, "string_match")) {
      if (!value.is_string()) return Verdict::kNo;
      return StringCriterion(decode_string_matcher(wanted)).matches(value.text());
    }
    if (json::is_field(key, "bool_match")) {
      return verdict(value.type() == json::Type::kBool && value.boolean() == wanted.boolean());
    }
    if (json::is_field(key, "present_match")) {
      // PresentMatcher compares with whether a value is set at all.
      return verdict((value.type() != json::Type::kAbsent) == wanted.boolean_or(false));
    }
    if (json::is_field(key, "list_match")) {
      Verdict any = Verdict::kNo;
      if (!value.is_array()) return any;
      for (const json::Value element : value.elements()) {
        any = std::max(any, match_value(wanted["one_of"], element));
      }
      return any;
    }
    if (json::is_field(key, "or_match")) {
      Verdict any = Verdict::kNo;
      for (const json::Value one : wanted["value_matchers"].elements()) {
        any = std::max(any, match_value(one, value));
      }
      return any;
    }
  }
  return Verdict::kUnknown;
}

Verdict match_metadata(json::Value matcher, const std::vector<StreamMetadata>& metadata) {
  const json::Value value = effective_value(metadata, matcher["filter"].text(), matcher["path"]);
  const Verdict found = match_value(matcher["value"], value);
  return matcher["invert"].boolean_or(false) ? !found : found;
}

Verdict metadata_matches(json::Value matcher, const StreamState& stream) {
  const auto& unknown = stream.unknown_metadata;
  if (std::ranges::find(unknown, matcher["filter"].text()) != unknown.end()) {
    return Verdict::kUnknown;
  }
  return match_metadata(matcher, stream.metadata);
}

std::string json_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

void add_metadata(StreamState& stream, std::string_view namespace_, std::string_view json) {
  auto document = json::Document::parse(Buffer(json), "metadata");
  if (!document || (*document)->roots().empty()) return;
  std::shared_ptr<const json::Document> kept = std::move(*document);
  stream.metadata.push_back({namespace_, kept->roots().front(), true});
  stream.owned.push_back(std::move(kept));
}

}  // namespace xdscope::trace
