#include "trace/stream_matchers.h"

#include "trace/matchers.h"

namespace xdscope::trace {
namespace {

Verdict match_certificate(json::Value wanted, const ResolveOptions& options,
                          std::optional<bool> known) {
  const auto expected = wanted.boolean();
  if (!expected) return Verdict::kYes;
  if (options.downstream_tls == false) known = false;
  return known ? verdict(*known == *expected) : Verdict::kUnknown;
}

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

Verdict match_tls_context(json::Value criteria, const ResolveOptions& options) {
  return std::min(
      match_certificate(criteria["presented"], options, options.client_certificate_presented),
      match_certificate(criteria["validated"], options, options.client_certificate_validated));
}

Verdict match_value(json::Value matcher, json::Value value) {
  for (const auto& [key, wanted] : matcher.members()) {
    if (json::is_field(key, "null_match")) return verdict(value.type() == json::Type::kNull);
    if (json::is_field(key, "double_match")) return match_number(wanted, value);
    if (json::is_field(key, "string_match")) {
      if (!value.is_string()) return Verdict::kNo;
      return StringCriterion(decode_string_matcher(wanted)).matches(value.text());
    }
    if (json::is_field(key, "bool_match")) {
      return verdict(value.boolean().has_value() && value.boolean() == wanted.boolean());
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

Verdict match_dynamic_metadata(json::Value matcher, const ResolveOptions& options) {
  if (options.dynamic_metadata == nullptr) return Verdict::kUnknown;
  const json::Value value =
      effective_value(*options.dynamic_metadata, matcher["filter"].text(), matcher["path"]);
  const Verdict found = match_value(matcher["value"], value);
  return matcher["invert"].boolean_or(false) ? !found : found;
}

Verdict match_filter_state(json::Value, const ResolveOptions& options) {
  return options.filter_state_empty ? Verdict::kNo : Verdict::kUnknown;
}

}  // namespace xdscope::trace
