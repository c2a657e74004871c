// A StringMatcher ready to match.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "trace/verdict.h"
#include "xdscope/model/route.h"

namespace re2 {
class RE2;
}

namespace xdscope::trace {

class StringCheck {
 public:
  explicit StringCheck(const StringMatcher& matcher);
  ~StringCheck();
  StringCheck(StringCheck&&) noexcept;
  StringCheck& operator=(StringCheck&&) noexcept;

  // kUnknown for matchers that are extensions, and expressions that RE2 refuses.
  Verdict matches(std::string_view text) const;
  // "exact 'a'": for people.
  std::string describe() const;

 private:
  StringMatcher matcher_;
  std::string wanted_;  // folded, where case is ignored
  std::unique_ptr<re2::RE2> regex_;
};

}  // namespace xdscope::trace
