#include <algorithm>

#include "rules/user/expression_checker.h"
#include "rules/user/jq_functions.h"

namespace xdscope::rules::user {

using Kind = JqToken::Kind;

Type ExpressionChecker::list(const Type& input) {
  if (accept("]")) return {};
  Type inner = pipe(input);
  expect("]");
  if (!inner.known || inner.field.list) return read_whole(inner), Type{};
  inner.field.list = true;
  inner.path.reset();
  return inner;
}

Type ExpressionChecker::object(const Type& input) {
  while (!done() && !token().is("}")) {
    object_key(input);
    if (accept(":")) {
      // An object's value is a term, or terms joined by `|`.
      Type value = binary(input, kLowestOperator);
      while (accept("|")) value = binary(value, kLowestOperator);
      read_whole(value);
    }
    if (!accept(",")) break;
  }
  expect("}");
  return {};
}

void ExpressionChecker::object_key(const Type& input) {
  const JqToken key = take();
  if (key.is("(")) {
    read_whole(pipe(input));
    expect(")");
  } else if (key.kind == Kind::kString) {
    literal(input, key);
    if (!token().is(":")) read_whole(named(input, key));
  } else if (key.kind == Kind::kName) {
    if (!token().is(":")) read_whole(field(input, key.text, key.offset));
  } else if (key.kind == Kind::kVariable) {
    read_whole(variable(key));
  } else {
    gave_up_ = true;
  }
}

Type ExpressionChecker::name(const Type& input, const JqToken& token) {
  if (token.text == "if") return condition(input);
  if (token.text == "try") return attempt(input);
  if (token.text == "reduce" || token.text == "foreach") return fold(input);
  if (token.text == "break") return take(), Type{};
  return call(input, token);
}

Type ExpressionChecker::condition(const Type& input) {
  std::optional<Type> all;
  const auto branch = [&] {
    const Type type = pipe(input);
    all = all ? either(*all, type) : type;
  };
  do {
    read_whole(pipe(input));
    if (!accept_name("then")) gave_up_ = true;
    branch();
  } while (accept_name("elif"));
  if (accept_name("else")) {
    branch();
  } else {
    read_whole(input);
    if (all) all = either(*all, {});
  }
  if (!accept_name("end")) gave_up_ = true;
  return all.value_or(Type{});
}

Type ExpressionChecker::attempt(const Type& input) {
  Type type = postfix(input);
  if (!accept_name("catch")) return type;
  return either(type, postfix({}));
}

Type ExpressionChecker::fold(const Type& input) {
  const Variables outer = variables_;
  const Type source = fold_source(input);
  pattern(source, input);
  expect("(");
  read_whole(pipe(input));
  while (accept(";")) read_whole(pipe({}));
  expect(")");
  variables_ = outer;
  return {};
}

// `reduce TERM as $x (…)`: postfix() would take the `as` for a binding.
Type ExpressionChecker::fold_source(const Type& input) {
  const std::size_t begin = at_;
  std::size_t end = begin;
  int depth = 0;
  while (end < tokens_.size() && (depth != 0 || !tokens_[end].is_name("as"))) {
    if (tokens_[end].is("(") || tokens_[end].is("[")) ++depth;
    if (tokens_[end].is(")") || tokens_[end].is("]")) --depth;
    ++end;
  }
  if (end >= tokens_.size()) {
    gave_up_ = true;
    return {};
  }
  const JqToken as = tokens_[end];
  tokens_[end] = {Kind::kSymbol, ";", as.offset};
  Type type = postfix(input);
  tokens_[end] = as;
  if (at_ != end) gave_up_ = true;
  at_ = end + 1;
  return type;
}

Type ExpressionChecker::call(const Type& input, const JqToken& function) {
  const std::string_view name = function.text;
  const bool own = std::find(defined_.begin(), defined_.end(), name) != defined_.end();
  if (own) read_whole(input);
  std::vector<Type> arguments;
  if (accept("(")) {
    const bool constant = token().kind == Kind::kString && ahead().is(")");
    if (!own && name == "has" && constant && input.known && !input.field.list) {
      const JqToken key = take();
      literal(input, key);
      named(input, key);
      expect(")");
      return boolean_type();
    }
    do arguments.push_back(argument(input, name, own, arguments));
    while (accept(";"));
    expect(")");
  }
  if (!own) return result(input, name, arguments);
  for (const Type& argument : arguments) read_whole(argument);
  return {};
}

Type ExpressionChecker::argument(const Type& input, std::string_view function, bool own,
                                 const std::vector<Type>& before) {
  if (own) return pipe({});
  if (function == "any" || function == "all") {
    if (!before.empty()) return pipe(before[0]);
    // With one argument it is the condition, with two the first is what to go through.
    return pipe(arity() == 1 ? iterate(input) : input);
  }
  if (gives_argument_elements(function)) return pipe(iterate(input));
  if (function == "sub" || function == "gsub") return pipe(before.size() == 1 ? Type{} : input);
  return pipe(gives_arguments_its_input(function) ? input : Type{});
}

// Arguments of the call whose first argument begins here.
std::size_t ExpressionChecker::arity() const {
  int depth = 0;
  std::size_t count = 1;
  for (std::size_t i = at_; i < tokens_.size() && depth >= 0; ++i) {
    const JqToken& item = tokens_[i];
    if (item.is("(") || item.is("[") || item.is("{")) ++depth;
    if (item.is(")") || item.is("]") || item.is("}")) --depth;
    if (depth == 0 && item.is(";")) ++count;
  }
  return count;
}

}  // namespace xdscope::rules::user
