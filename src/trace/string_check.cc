#include "trace/string_check.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/text.h"

namespace xdscope::trace {

using Kind = StringMatcher::Kind;

StringCheck::StringCheck(const StringMatcher& matcher)
    : matcher_(matcher),
      wanted_(matcher.ignore_case ? to_lower(matcher.value) : std::string(matcher.value)) {
  if (matcher.kind == Kind::kRegex) {
    regex_ = std::make_unique<re2::RE2>(wanted_, re2::RE2::Quiet);
  }
}
StringCheck::~StringCheck() = default;
StringCheck::StringCheck(StringCheck&&) noexcept = default;
StringCheck& StringCheck::operator=(StringCheck&&) noexcept = default;

Verdict StringCheck::matches(std::string_view text) const {
  std::string folded;
  if (matcher_.ignore_case && matcher_.kind != Kind::kRegex) {
    folded = to_lower(text);
    text = folded;
  }
  switch (matcher_.kind) {
    case Kind::kExact:
      return verdict(text == wanted_);
    case Kind::kPrefix:
      return verdict(text.starts_with(wanted_));
    case Kind::kSuffix:
      return verdict(text.ends_with(wanted_));
    case Kind::kContains:
      return verdict(text.find(wanted_) != text.npos);
    case Kind::kRegex:
      if (!regex_->ok()) return Verdict::kUnknown;
      return verdict(re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *regex_));
    case Kind::kCustom:
      return Verdict::kUnknown;
    case Kind::kNone:
      break;
  }
  return Verdict::kNo;
}

std::string StringCheck::describe() const {
  const auto quoted = [&](std::string_view kind) {
    return fmt::format("{} '{}'", kind, printable(matcher_.value));
  };
  switch (matcher_.kind) {
    case Kind::kExact:
      return quoted("exact");
    case Kind::kPrefix:
      return quoted("prefix");
    case Kind::kSuffix:
      return quoted("suffix");
    case Kind::kContains:
      return quoted("contains");
    case Kind::kRegex:
      return quoted("regex");
    case Kind::kCustom:
      return "an extension";
    case Kind::kNone:
      break;
  }
  return "nothing";
}

}  // namespace xdscope::trace
