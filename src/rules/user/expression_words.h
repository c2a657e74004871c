// The first look at an expression: at its tokens, before anything is made of them.
#pragma once

#include <optional>
#include <string_view>

#include "rules/user/expression.h"

namespace xdscope::rules::user {

// How deep brackets, strings in strings, and operators that bind an operand may be nested.
inline constexpr std::size_t kMaxNesting = 200;

// A name that a rule may not use, brackets that do not fit, or an expression that is too large.
// It holds for whatever libjq would take the expression for: nothing is skipped.
std::optional<ExpressionFault> fault_of_words(std::string_view expression);

// Lines before an offset.
std::size_t lines_before(std::string_view text, std::size_t offset);

}  // namespace xdscope::rules::user
