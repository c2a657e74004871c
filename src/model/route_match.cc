// Decoding of route matchers.
#include "model/route_match.h"

namespace xdscope {
namespace {

// safe_regex today, `regex` in v2.
std::optional<std::string_view> regex_of(json::Value holder, std::string_view safe,
                                         std::string_view legacy) {
  if (const json::Value regex = holder[safe]) return regex["regex"].text();
  if (const json::Value regex = holder[legacy]) return regex.text();
  return std::nullopt;
}

ParameterMatcher decode_parameter(json::Value matcher) {
  ParameterMatcher out;
  out.source = matcher;
  out.name = matcher["name"].text();
  out.invert = matcher["invert_match"].boolean_or(false);
  if (const json::Value string = matcher["string_match"]) {
    out.kind = ParameterMatcher::Kind::kString;
    out.string = decode_string_matcher(string);
  } else if (const auto present = matcher["present_match"].boolean()) {
    out.present = *present;
  } else if (const json::Value value = matcher["value"]) {
    // v2: `value`, a regular expression where `regex` is set.
    out.kind = ParameterMatcher::Kind::kString;
    out.string.kind = matcher["regex"].boolean_or(false) ? StringMatcher::Kind::kRegex
                                                         : StringMatcher::Kind::kExact;
    out.string.value = value.text();
    out.string.source = matcher;
  }
  return out;
}

PathMatch decode_path(json::Value match) {
  PathMatch out;
  out.source = match;
  out.case_sensitive = match["case_sensitive"].boolean_or(true);
  for (const auto& [key, value] : match.members()) {
    if (key == "prefix") {
      out.kind = PathMatch::Kind::kPrefix;
      out.value = value.text();
    } else if (key == "path") {
      out.kind = PathMatch::Kind::kExact;
      out.value = value.text();
    } else if (json::is_field(key, "path_separated_prefix")) {
      out.kind = PathMatch::Kind::kPathSeparatedPrefix;
      out.value = value.text();
    } else if (json::is_field(key, "connect_matcher")) {
      out.kind = PathMatch::Kind::kConnect;
    } else if (json::is_field(key, "path_match_policy")) {
      out.kind = PathMatch::Kind::kTemplate;
      out.value = value["typed_config"]["path_template"].text();
    }
  }
  if (const auto regex = regex_of(match, "safe_regex", "regex")) {
    out.kind = PathMatch::Kind::kRegex;
    out.value = *regex;
  }
  return out;
}

}  // namespace

StringMatcher decode_string_matcher(json::Value matcher) {
  StringMatcher out;
  out.source = matcher;
  out.ignore_case = matcher["ignore_case"].boolean_or(false);
  struct Field {
    std::string_view name;
    StringMatcher::Kind kind;
  };
  for (const auto& [name, kind] :
       {Field{"exact", StringMatcher::Kind::kExact}, Field{"prefix", StringMatcher::Kind::kPrefix},
        Field{"suffix", StringMatcher::Kind::kSuffix},
        Field{"contains", StringMatcher::Kind::kContains}}) {
    if (const auto value = matcher[name].string()) {
      out.kind = kind;
      out.value = *value;
    }
  }
  if (const auto regex = regex_of(matcher, "safe_regex", "regex")) {
    out.kind = StringMatcher::Kind::kRegex;
    out.value = *regex;
  } else if (matcher["custom"]) {
    out.kind = StringMatcher::Kind::kCustom;
  }
  return out;
}

HeaderMatcher decode_header_matcher(json::Value matcher) {
  HeaderMatcher out;
  out.source = matcher;
  out.name = matcher["name"].text();
  out.invert = matcher["invert_match"].boolean_or(false);
  out.treat_missing_as_empty = matcher["treat_missing_header_as_empty"].boolean_or(false);
  const auto set_string = [&out](StringMatcher::Kind kind, std::string_view value,
                                 json::Value source) {
    out.kind = HeaderMatcher::Kind::kString;
    out.string = {kind, value, false, source};
  };
  struct Legacy {
    std::string_view field;
    StringMatcher::Kind kind;
  };
  for (const auto& [field, kind] : {Legacy{"exact_match", StringMatcher::Kind::kExact},
                                    Legacy{"prefix_match", StringMatcher::Kind::kPrefix},
                                    Legacy{"suffix_match", StringMatcher::Kind::kSuffix},
                                    Legacy{"contains_match", StringMatcher::Kind::kContains}}) {
    if (const auto value = matcher[field].string()) set_string(kind, *value, matcher[field]);
  }
  out.legacy_exact = matcher["exact_match"].is_string();
  if (const auto regex = regex_of(matcher, "safe_regex_match", "regex_match")) {
    set_string(StringMatcher::Kind::kRegex, *regex, matcher);
  }
  if (const json::Value string = matcher["string_match"]) {
    out.kind = HeaderMatcher::Kind::kString;
    out.string = decode_string_matcher(string);
  } else if (const json::Value range = matcher["range_match"]) {
    out.kind = HeaderMatcher::Kind::kRange;
    out.range_start = range["start"].integer_or(0);
    out.range_end = range["end"].integer_or(0);
  } else if (const auto present = matcher["present_match"].boolean()) {
    out.kind = HeaderMatcher::Kind::kPresent;
    out.present = *present;
  }
  return out;
}

RouteMatch decode_route_match(json::Value match) {
  RouteMatch out;
  out.source = match;
  out.path = decode_path(match);
  for (const json::Value header : match["headers"].elements()) {
    out.headers.push_back(decode_header_matcher(header));
  }
  for (const json::Value query : match["query_parameters"].elements()) {
    out.query_parameters.push_back(decode_parameter(query));
  }
  for (const json::Value cookie : match["cookies"].elements()) {
    out.cookies.push_back(decode_parameter(cookie));
  }
  if (const json::Value fraction = match["runtime_fraction"]) {
    out.runtime_fraction =
        RuntimeFraction{fraction["runtime_key"].text(),
                        decode_fractional_percent(fraction["default_value"]), fraction};
  }
  out.grpc = static_cast<bool>(match["grpc"]);
  out.tls_context = match["tls_context"];
  out.dynamic_metadata = match["dynamic_metadata"];
  out.filter_state = match["filter_state"];
  return out;
}

}  // namespace xdscope
