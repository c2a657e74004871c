// A HeaderMatcher as HTTP filters use it.
#pragma once

#include <optional>
#include <string>

#include "trace/request.h"
#include "trace/string_check.h"
#include "xdscope/snapshot.h"

namespace xdscope::trace {

class HeaderCheck {
 public:
  // How repeated headers are matched: each by itself, or joined with commas.
  enum class Repeats { kJoined, kEach };
  HeaderCheck(const HeaderMatcher& matcher, Repeats repeats);

  Verdict matches(const HttpRequest& request) const;
  std::string describe() const;

 private:
  Verdict value_matches(std::string_view value) const;

  HeaderMatcher matcher_;
  std::string name_;  // lower case
  std::optional<StringCheck> string_;
  Repeats repeats_;
};

// What this release of Envoy does with repeated headers (envoy: match_headers_individually,
// rbac_match_headers_individually).
HeaderCheck::Repeats header_repeats(Version envoy);
HeaderCheck::Repeats rbac_header_repeats(Version envoy);

}  // namespace xdscope::trace
