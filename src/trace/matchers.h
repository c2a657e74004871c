// The matchers that routes are made of, compiled once and asked often. Each answers yes, no or
// unknown, and can say why not
// (envoy: source/common/http/header_utility.cc, source/common/router/config_utility.cc).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/request.h"
#include "trace/runtime.h"
#include "trace/verdict.h"
#include "xdscope/model/route.h"
#include "xdscope/snapshot.h"

namespace re2 {
class RE2;
}

namespace xdscope::trace {

// A regular expression as Envoy uses it. An expression that RE2 refuses is kept with the reason:
// Envoy would have refused the configuration.
class Regex {
 public:
  Regex() = default;
  explicit Regex(std::string_view expression);
  Verdict full_match(std::string_view text) const;
  // Every match replaced; the text itself where the expression is broken.
  std::string replace_all(std::string_view text, std::string_view substitution) const;
  // Why RE2 refuses it; "" for a sound one.
  std::string error() const;

 private:
  std::shared_ptr<const re2::RE2> compiled_;
};

class StringCriterion {
 public:
  StringCriterion() = default;
  explicit StringCriterion(const StringMatcher& matcher);
  Verdict matches(std::string_view text) const;
  // "exact 'a'", "the regular expression 'a.*'".
  std::string describe() const;
  // Why it cannot be decided at all; "" where it can.
  std::string broken() const;
  bool ignore_case() const { return ignore_case_; }
  StringMatcher::Kind kind() const { return kind_; }
  const std::string& value() const { return value_; }

 private:
  StringMatcher::Kind kind_ = StringMatcher::Kind::kNone;
  std::string value_;  // lower case for ignore_case
  bool ignore_case_ = false;
  Regex regex_;
};

// What a matcher compares of a header that is repeated: each entry by itself, or one value joined
// with ",". Where it is not known and matters, the answer is unknown.
enum class Repeats { kEach, kJoined, kUnknown };
// Each entry since 1.39. `runtime` (may be nullptr) may say otherwise.
Repeats header_repeats(Version envoy, const Runtime* runtime = nullptr);
// RBAC's matchers, earlier (CVE-2026-26308).
Repeats rbac_header_repeats(Version envoy, const Runtime* runtime = nullptr);

class HeaderCriterion {
 public:
  HeaderCriterion(const HeaderMatcher& matcher, Repeats repeats);
  Verdict matches(const HttpRequest& request) const;
  // "header x-user: expected exact 'a', the request has 'b'".
  std::string explain(const HttpRequest& request) const;
  // "exact 'a'", "it to be absent", "not a number from 1 to below 5".
  std::string expectation() const;
  // "header x-user not exact 'a'": the matcher itself.
  std::string describe() const;
  std::string broken() const { return string_.broken(); }
  const HeaderMatcher& matcher() const { return matcher_; }
  const StringCriterion& string() const { return string_; }

 private:
  enum class Field { kMethod, kPath, kAuthority, kScheme, kOther };
  const std::string* pseudo(const HttpRequest& request) const;
  Verdict test(std::string_view value) const;
  Verdict individually(const HttpRequest& request) const;
  Verdict as_one(const HttpRequest& request) const;
  Verdict missing() const;

  HeaderMatcher matcher_;
  std::string name_;
  Field field_ = Field::kOther;
  StringCriterion string_;
  Repeats repeats_;
};

class QueryCriterion {
 public:
  QueryCriterion(const ParameterMatcher& matcher, Version envoy);
  Verdict matches(const HttpRequest& request) const;
  std::string explain(const HttpRequest& request) const;
  std::string broken() const { return string_.broken(); }
  const ParameterMatcher& matcher() const { return matcher_; }

 private:
  ParameterMatcher matcher_;
  StringCriterion string_;
  Version envoy_;
};

class CookieCriterion {
 public:
  explicit CookieCriterion(const ParameterMatcher& matcher);
  Verdict matches(const HttpRequest& request) const;
  std::string explain(const HttpRequest& request) const;
  std::string broken() const { return string_.broken(); }
  const ParameterMatcher& matcher() const { return matcher_; }

 private:
  ParameterMatcher matcher_;
  StringCriterion string_;
};

}  // namespace xdscope::trace
