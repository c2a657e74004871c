// What can be said about a jq expression without running it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/user/needs.h"
#include "rules/user/schema.h"

namespace xdscope::rules::user {

struct ExpressionFault {
  std::string message;
  std::string hint;
  std::size_t line = 1;  // of the expression
};

struct ExpressionCheck {
  // A field that the entity does not have, or a function that a rule may not use (`input`, `env`,
  // `now`, …: the same dump gives the same findings). What cannot be decided is no fault.
  std::optional<ExpressionFault> fault;
  // The fields it reads, as paths from the entity: ".timeout_seconds", ".clusters[].exists".
  std::vector<std::string> paths;
  // What of the entity can make a difference to it: everything, where that cannot be told.
  Needs needs;
  // The operands of `and` and `or`, where it is made of them; for explanations.
  std::vector<std::string> operands;
  // Whether configuration that no schema knows is read.
  bool reads_free_form = false;
};
// kTruth: it only matters whether it gives true; kValue: what it gives is shown.
enum class ExpressionUse { kTruth, kValue };
ExpressionCheck check_expression(std::string_view expression, const Shape& entity,
                                 ExpressionUse use);

}  // namespace xdscope::rules::user
