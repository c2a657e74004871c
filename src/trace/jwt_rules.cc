#include "trace/jwt_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "json/document.h"
#include "model/route_match.h"

namespace xdscope::trace {

JwtRules::JwtRules(json::Value config, Version envoy, const Runtime* runtime) {
  for (const json::Value rule : config["rules"].elements()) {
    const RouteMatch match = decode_route_match(rule["match"]);
    Rule out{rule, PathCriterion(match.path), {}, {}};
    for (const HeaderMatcher& header : match.headers)
      out.headers.emplace_back(header, header_repeats(envoy, runtime));
    for (const ParameterMatcher& parameter : match.query_parameters) {
      out.query.emplace_back(parameter, envoy);
    }
    rules_.push_back(std::move(out));
  }
}

JwtRules::Match JwtRules::find(const HttpRequest& request) const {
  for (const Rule& rule : rules_) {
    Verdict holds = rule.path.matches(request.path_without_query(), request);
    for (const HeaderCriterion& header : rule.headers) {
      if (holds != Verdict::kNo) holds = std::min(holds, header.matches(request));
    }
    for (const QueryCriterion& parameter : rule.query) {
      if (holds != Verdict::kNo) holds = std::min(holds, parameter.matches(request));
    }
    if (holds == Verdict::kYes) return {rule.source, false};
    if (holds == Verdict::kUnknown) return {{}, true};
  }
  return {};
}

std::string normalized_claims(const std::string& payload, json::Value normalize) {
  const json::Value names = normalize["space_delimited_claims"];
  if (names.empty()) return payload;
  const auto document = json::Document::parse(Buffer(payload), "claims");
  if (!document || (*document)->roots().empty()) return payload;
  std::string out = "{";
  for (const json::Member member : (*document)->roots().front().members()) {
    if (out.size() > 1) out += ',';
    // Keys and values are put out as they stand, escapes and all.
    bool spaced = false;
    for (const json::Value name : names.elements()) spaced = spaced || name.text() == member.key;
    const std::string_view raw = member.value.raw();
    std::string key;
    for (const char c : member.key) {
      if (c == '"' || c == '\\') key += '\\';
      key += c;
    }
    out += fmt::format("\"{}\":", key);
    if (!spaced || !member.value.is_string() || raw.size() < 2) {
      out += raw;
      continue;
    }
    std::string list;
    for (const std::string_view part : split(raw.substr(1, raw.size() - 2), ' ')) {
      if (!part.empty()) list += fmt::format("{}\"{}\"", list.empty() ? "" : ",", part);
    }
    out += "[" + list + "]";
  }
  return out + "}";
}

}  // namespace xdscope::trace
