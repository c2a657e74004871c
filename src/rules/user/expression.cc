#include "rules/user/expression.h"

#include "base/text.h"
#include "rules/user/expression_checker.h"
#include "rules/user/expression_words.h"
#include "rules/user/jq_lexer.h"

namespace xdscope::rules::user {
namespace {

// The operands of `and` and `or` at the top, where the expression consists of them.
std::vector<std::string> operands_of(std::string_view text) {
  std::vector<std::string> operands;
  int depth = 0;
  std::size_t begin = 0;
  for (const JqToken& token : jq_tokens(text)) {
    if (token.is("(") || token.is("[") || token.is("{") || token.is_name("if")) ++depth;
    if (token.is(")") || token.is("]") || token.is("}") || token.is_name("end")) --depth;
    if (depth != 0) continue;
    if (token.is("|") || token.is(",") || token.is("//") || token.is_name("as") ||
        token.is_name("def") || token.is_name("reduce") || token.is_name("foreach")) {
      return {};
    }
    if (token.is_name("and") || token.is_name("or") || token.kind == JqToken::Kind::kEnd) {
      operands.emplace_back(trim(text.substr(begin, token.offset - begin)));
      begin = token.offset + token.text.size();
    }
  }
  if (operands.size() < 2) operands.clear();
  return operands;
}

}  // namespace

ExpressionCheck check_expression(std::string_view expression, const Shape& entity,
                                 ExpressionUse use) {
  ExpressionCheck check;
  check.fault = fault_of_words(expression);
  if (check.fault) return check;
  const FieldType type{FieldType::Base::kObject, &entity, false, false};
  const Type given =
      ExpressionChecker(expression, check, 1).run({true, type, std::string(), &check.needs});
  if (use == ExpressionUse::kValue) read_whole(given);
  check.operands = operands_of(expression);
  return check;
}

}  // namespace xdscope::rules::user
