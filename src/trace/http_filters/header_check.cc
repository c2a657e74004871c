#include "trace/http_filters/header_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace xdscope::trace {

HeaderCheck::Repeats header_repeats(Version envoy) {
  return envoy >= Version{1, 39, 0} ? HeaderCheck::Repeats::kEach : HeaderCheck::Repeats::kJoined;
}

HeaderCheck::Repeats rbac_header_repeats(Version envoy) {
  for (const Version& fixed :
       {Version{1, 34, 13}, Version{1, 35, 9}, Version{1, 36, 5}, Version{1, 37, 1}}) {
    if (envoy.major == fixed.major && envoy.minor == fixed.minor) {
      return envoy >= fixed ? HeaderCheck::Repeats::kEach : HeaderCheck::Repeats::kJoined;
    }
  }
  return envoy >= Version{1, 38, 0} ? HeaderCheck::Repeats::kEach : HeaderCheck::Repeats::kJoined;
}

HeaderCheck::HeaderCheck(const HeaderMatcher& matcher, Repeats repeats)
    : matcher_(matcher), name_(to_lower(matcher.name)), repeats_(repeats) {
  if (matcher.kind == HeaderMatcher::Kind::kString) string_.emplace(matcher.string);
}

Verdict HeaderCheck::value_matches(std::string_view value) const {
  if (matcher_.kind == HeaderMatcher::Kind::kRange) {
    std::int64_t number = 0;
    std::string_view digits = value;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return Verdict::kNo;
    return verdict(number >= matcher_.range_start && number < matcher_.range_end);
  }
  if (matcher_.legacy_exact && matcher_.string.value.empty()) return Verdict::kYes;
  return string_->matches(value);
}

Verdict HeaderCheck::matches(const HttpRequest& request) const {
  const bool there = request.has(name_);
  if (matcher_.kind == HeaderMatcher::Kind::kPresent) {
    if (!there && matcher_.treat_missing_as_empty)
      return verdict(matcher_.present != matcher_.invert);
    return verdict((there == matcher_.present) != matcher_.invert);
  }
  if (!there && !matcher_.treat_missing_as_empty) return Verdict::kNo;
  Verdict result = Verdict::kNo;
  if (!there) {
    result = value_matches("");
  } else if (repeats_ == Repeats::kEach) {
    for (const std::string_view value : request.values(name_)) {
      result = std::max(result, value_matches(value));
    }
  } else {
    result = value_matches(request.joined(name_));
  }
  return matcher_.invert ? !result : result;
}

std::string HeaderCheck::describe() const {
  std::string what =
      matcher_.kind == HeaderMatcher::Kind::kPresent ? matcher_.present ? "present" : "absent"
      : string_                                      ? string_->describe()
                : fmt::format("in [{}, {})", matcher_.range_start, matcher_.range_end);
  return fmt::format("header {} {}{}", printable(name_), matcher_.invert ? "not " : "", what);
}

}  // namespace xdscope::trace
