// Follows an expression through the shapes of an entity: which fields it reads, and which of them
// there are not. What it cannot follow is taken for unknown, and for all of what is read.
#pragma once

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "rules/user/expression.h"
#include "rules/user/jq_lexer.h"

namespace xdscope::rules::user {

// What an expression yields.
struct Type {
  bool known = false;
  FieldType field;
  std::optional<std::string> path;  // leads there from the entity, where it is a plain path
  // The part of the entity that it is. Whoever takes such a value either reads members of it or
  // calls read_whole(): all of it can make a difference then. Null: it is no part.
  Needs* needs = nullptr;
};

class ExpressionChecker {
 public:
  ExpressionChecker(std::string_view text, ExpressionCheck& out, std::size_t first_line)
      : text_(text), tokens_(jq_tokens(text)), out_(out), first_line_(first_line) {}

  // What it yields; whether that is read, is up to the caller.
  Type run(const Type& input);

 private:
  using Variables = std::map<std::string_view, Type>;

  // expression_syntax.cc: jq's grammar.
  const JqToken& token() const { return tokens_[at_]; }
  const JqToken& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  bool done() const { return gave_up_ || out_.fault || token().kind == JqToken::Kind::kEnd; }
  JqToken take() { return done() ? tokens_.back() : tokens_[at_++]; }
  bool too_deep();
  bool accept(std::string_view symbol);
  bool accept_name(std::string_view name);
  void expect(std::string_view symbol);
  Type pipe(Type input);
  void definition();
  void label();
  Type comma(const Type& input);
  Type binary(const Type& input, int least);
  Type postfix(const Type& input);
  Type binding(const Type& value, const Type& input);
  void pattern(const Type& value, const Type& input);
  void pattern_member(const Type& value, const Type& input);
  Type bracket(const Type& type, const Type& input);
  bool is_index() const;
  Type term(const Type& input);
  Type symbol(const Type& input, const JqToken& token);

  // expression_forms.cc: lists, objects, keywords and calls.
  Type list(const Type& input);
  Type object(const Type& input);
  void object_key(const Type& input);
  Type name(const Type& input, const JqToken& token);
  Type condition(const Type& input);
  Type attempt(const Type& input);
  Type fold(const Type& input);
  Type fold_source(const Type& input);
  Type call(const Type& input, const JqToken& function);
  Type argument(const Type& input, std::string_view function, bool own,
                const std::vector<Type>& before);
  std::size_t arity() const;

  // expression_types.cc: what values are.
  void fault(std::size_t offset, std::string message, std::string hint);
  void note(const Type& type);
  Type element(const Type& type);
  Type iterate(const Type& type);
  Type named(const Type& type, const JqToken& literal);
  Type field(const Type& type, std::string_view name, std::size_t offset);
  Type literal(const Type& input, const JqToken& token);
  Type variable(const JqToken& token);
  Type result(const Type& input, std::string_view function, const std::vector<Type>& arguments);

  std::string_view text_;
  std::vector<JqToken> tokens_;
  ExpressionCheck& out_;
  std::size_t first_line_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  bool gave_up_ = false;
  Variables variables_;
  std::vector<std::string_view> defined_;
};

// How loosely `or` binds; all that binds less joins whole expressions.
inline constexpr int kLowestOperator = 3;

// All of a value can make a difference.
void read_whole(const Type& type);
// What is one or the other; both are read.
Type either(const Type& a, const Type& b);
Type boolean_type();

}  // namespace xdscope::rules::user
