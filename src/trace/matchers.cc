#include "trace/matchers.h"

#include <charconv>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"
#include "trace/request_parameters.h"

namespace xdscope::trace {
namespace {

std::string has_text(const std::optional<std::string_view>& value) {
  return value ? fmt::format("the request has '{}'", *value) : std::string("the request has none");
}

Verdict string_or_presence(ParameterMatcher::Kind kind, bool present, const StringCriterion& string,
                           const std::optional<std::string_view>& value) {
  if (kind == ParameterMatcher::Kind::kPresent) return verdict(value.has_value() == present);
  return value ? string.matches(*value) : Verdict::kNo;
}

std::string explain_parameter(std::string_view what, const ParameterMatcher& matcher,
                              const StringCriterion& string,
                              const std::optional<std::string_view>& value) {
  std::string expected = matcher.kind == ParameterMatcher::Kind::kString ? string.describe()
                         : matcher.present                               ? "it to be present"
                                                                         : "it to be absent";
  return fmt::format("{} {}: expected {}{}, {}", what, matcher.name, matcher.invert ? "not " : "",
                     expected, has_text(value));
}

// absl::SimpleAtoi: decimal, an optional sign, white space around it.
std::optional<std::int64_t> whole_number(std::string_view text) {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// A feature that is on unless the runtime turns it off.
bool runtime_guard(const Runtime* runtime, std::string_view feature) {
  return runtime == nullptr ||
         runtime->boolean(std::string("envoy.reloadable_features.").append(feature)).value_or(true);
}

}  // namespace

Regex::Regex(std::string_view expression)
    : compiled_(std::make_shared<const re2::RE2>(
          re2::StringPiece(expression.data(), expression.size()), re2::RE2::Quiet)) {}

Verdict Regex::full_match(std::string_view text) const {
  if (!compiled_ || !compiled_->ok()) return Verdict::kUnknown;
  return verdict(re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled_));
}

std::string Regex::replace_all(std::string_view text, std::string_view substitution) const {
  std::string out(text);
  if (compiled_ && compiled_->ok()) {
    re2::RE2::GlobalReplace(&out, *compiled_,
                            re2::StringPiece(substitution.data(), substitution.size()));
  }
  return out;
}

std::string Regex::error() const {
  if (!compiled_ || compiled_->ok()) return {};
  return fmt::format("RE2 refuses the regular expression '{}': {}", compiled_->pattern(),
                     compiled_->error());
}

StringCriterion::StringCriterion(const StringMatcher& matcher)
    : kind_(matcher.kind),
      value_(matcher.value),
      ignore_case_(matcher.ignore_case && matcher.kind != StringMatcher::Kind::kRegex) {
  if (ignore_case_) value_ = to_lower(value_);
  if (kind_ == StringMatcher::Kind::kRegex) regex_ = Regex(value_);
}

Verdict StringCriterion::matches(std::string_view text) const {
  std::string lower;
  if (ignore_case_) text = lower = to_lower(text);
  switch (kind_) {
    case StringMatcher::Kind::kExact:
      return verdict(text == value_);
    case StringMatcher::Kind::kPrefix:
      return verdict(text.starts_with(value_));
    case StringMatcher::Kind::kSuffix:
      return verdict(text.ends_with(value_));
    case StringMatcher::Kind::kContains:
      return verdict(text.find(value_) != std::string_view::npos);
    case StringMatcher::Kind::kRegex:
      return regex_.full_match(text);
    case StringMatcher::Kind::kCustom:
    case StringMatcher::Kind::kNone:
      break;
  }
  return Verdict::kUnknown;
}

std::string StringCriterion::describe() const {
  std::string_view kind;
  switch (kind_) {
    case StringMatcher::Kind::kExact:
      kind = "exact";
      break;
    case StringMatcher::Kind::kPrefix:
      kind = "prefix";
      break;
    case StringMatcher::Kind::kSuffix:
      kind = "suffix";
      break;
    case StringMatcher::Kind::kContains:
      kind = "to contain";
      break;
    case StringMatcher::Kind::kRegex:
      kind = "regular expression";
      break;
    case StringMatcher::Kind::kCustom:
      return "what a custom matcher decides";
    case StringMatcher::Kind::kNone:
      return "a matcher of an unknown kind";
  }
  return fmt::format("{} '{}'{}", kind, value_, ignore_case_ ? " in any case" : "");
}

std::string StringCriterion::broken() const {
  if (kind_ == StringMatcher::Kind::kRegex) return regex_.error();
  return {};
}

Repeats header_repeats(Version envoy, const Runtime* runtime) {
  if (!envoy.known()) return Repeats::kUnknown;
  const bool each =
      envoy >= Version{1, 39, 0} && runtime_guard(runtime, "match_headers_individually");
  return each ? Repeats::kEach : Repeats::kJoined;
}

Repeats rbac_header_repeats(Version envoy, const Runtime* runtime) {
  if (!envoy.known()) return Repeats::kUnknown;
  bool each = envoy >= Version{1, 38, 0};
  for (const Version& fixed :
       {Version{1, 34, 13}, Version{1, 35, 9}, Version{1, 36, 5}, Version{1, 37, 1}}) {
    if (envoy.major == fixed.major && envoy.minor == fixed.minor) each = envoy >= fixed;
  }
  each = each && runtime_guard(runtime, "rbac_match_headers_individually");
  return each ? Repeats::kEach : Repeats::kJoined;
}

HeaderCriterion::HeaderCriterion(const HeaderMatcher& matcher, Repeats repeats)
    : matcher_(matcher), name_(to_lower(matcher.name)), string_(matcher.string), repeats_(repeats) {
  if (name_ == ":method") field_ = Field::kMethod;
  if (name_ == ":path") field_ = Field::kPath;
  if (name_ == ":authority" || name_ == "host") field_ = Field::kAuthority;
  if (name_ == ":scheme") field_ = Field::kScheme;
}

const std::string* HeaderCriterion::pseudo(const HttpRequest& request) const {
  switch (field_) {
    case Field::kMethod:
      return &request.method;
    case Field::kPath:
      return &request.path;
    case Field::kAuthority:
      return &request.authority;
    case Field::kScheme:
      return &request.scheme;
    case Field::kOther:
      break;
  }
  return nullptr;
}

Verdict HeaderCriterion::test(std::string_view value) const {
  if (matcher_.kind == HeaderMatcher::Kind::kRange) {
    const auto number = whole_number(value);
    return verdict(number && *number >= matcher_.range_start && *number < matcher_.range_end);
  }
  if (matcher_.legacy_exact && string_.kind() == StringMatcher::Kind::kExact &&
      string_.value().empty()) {
    return Verdict::kYes;
  }
  return string_.matches(value);
}

Verdict HeaderCriterion::missing() const {
  if (matcher_.kind == HeaderMatcher::Kind::kPresent) {
    return verdict((matcher_.treat_missing_as_empty == matcher_.present) != matcher_.invert);
  }
  if (!matcher_.treat_missing_as_empty) return Verdict::kNo;
  return matcher_.invert ? !test("") : test("");
}

Verdict HeaderCriterion::individually(const HttpRequest& request) const {
  Verdict any = Verdict::kNo;
  for (const Header& header : request.headers) {
    if (header.name == name_) any = std::max(any, test(header.value));
  }
  return matcher_.invert ? !any : any;
}

Verdict HeaderCriterion::as_one(const HttpRequest& request) const {
  const Verdict found = test(request.joined(name_));
  return matcher_.invert ? !found : found;
}

Verdict HeaderCriterion::matches(const HttpRequest& request) const {
  if (const std::string* value = pseudo(request)) {
    if (value->empty()) return missing();
    if (matcher_.kind == HeaderMatcher::Kind::kPresent) {
      return verdict(matcher_.present != matcher_.invert);
    }
    return matcher_.invert ? !test(*value) : test(*value);
  }
  std::size_t entries = 0;
  const Header* first = nullptr;
  for (const Header& header : request.headers) {
    if (header.name == name_ && ++entries == 1) first = &header;
  }
  if (entries == 0) return missing();
  if (matcher_.kind == HeaderMatcher::Kind::kPresent) {
    return verdict(matcher_.present != matcher_.invert);
  }
  if (!request.known(name_)) return Verdict::kUnknown;
  if (entries == 1) return matcher_.invert ? !test(first->value) : test(first->value);
  if (repeats_ != Repeats::kUnknown) {
    return repeats_ == Repeats::kEach ? individually(request) : as_one(request);
  }
  const Verdict now = individually(request);
  return now == as_one(request) ? now : Verdict::kUnknown;
}

std::string HeaderCriterion::expectation() const {
  const std::string_view inverted = matcher_.invert ? "not " : "";
  switch (matcher_.kind) {
    case HeaderMatcher::Kind::kPresent:
      return matcher_.present != matcher_.invert ? "it to be present" : "it to be absent";
    case HeaderMatcher::Kind::kRange:
      return fmt::format("{}a number from {} to below {}", inverted, matcher_.range_start,
                         matcher_.range_end);
    case HeaderMatcher::Kind::kString:
      break;
  }
  return fmt::format("{}{}", inverted, string_.describe());
}

std::string HeaderCriterion::describe() const {
  if (matcher_.kind != HeaderMatcher::Kind::kPresent) {
    return fmt::format("header {} {}", name_, expectation());
  }
  return fmt::format("header {} {}", name_,
                     matcher_.present != matcher_.invert ? "present" : "absent");
}

std::string HeaderCriterion::explain(const HttpRequest& request) const {
  if (!request.known(name_)) {
    return fmt::format("header {}: expected {}, and only the running proxy knows its value", name_,
                       expectation());
  }
  const auto values = request.values(name_);
  std::string found = values.empty() ? "the request has none" : "";
  for (const std::string_view value : values) {
    found += fmt::format("{}'{}'", found.empty() ? "the request has " : " and ", value);
  }
  const bool surprising =
      values.empty() && matcher_.invert && matcher_.kind != HeaderMatcher::Kind::kPresent;
  return fmt::format("header {}: expected {}, {}{}", name_, expectation(), found,
                     surprising ? " (a missing header does not match, inverted or not)" : "");
}

QueryCriterion::QueryCriterion(const ParameterMatcher& matcher, Version envoy)
    : matcher_(matcher), string_(matcher.string), envoy_(envoy) {}

Verdict QueryCriterion::matches(const HttpRequest& request) const {
  const auto value = query_parameter(request, matcher_.name);
  if (matcher_.kind == ParameterMatcher::Kind::kPresent && !matcher_.present) {
    // Until 1.33 any present_match asked for presence.
    if (!envoy_.known()) return Verdict::kUnknown;
    if (envoy_ < Version{1, 34, 0}) return verdict(value.has_value());
  }
  return string_or_presence(matcher_.kind, matcher_.present, string_, value);
}

std::string QueryCriterion::explain(const HttpRequest& request) const {
  return explain_parameter("query parameter", matcher_, string_,
                           query_parameter(request, matcher_.name));
}

CookieCriterion::CookieCriterion(const ParameterMatcher& matcher)
    : matcher_(matcher), string_(matcher.string) {}

Verdict CookieCriterion::matches(const HttpRequest& request) const {
  const auto value = cookie(request, matcher_.name);
  const Verdict found = string_or_presence(matcher_.kind, matcher_.present, string_, value);
  return matcher_.invert ? !found : found;
}

std::string CookieCriterion::explain(const HttpRequest& request) const {
  return explain_parameter("cookie", matcher_, string_, cookie(request, matcher_.name));
}

}  // namespace xdscope::trace
