#include <fmt/format.h>

#include <algorithm>

#include "rules/user/expression_checker.h"
#include "rules/user/expression_words.h"

namespace xdscope::rules::user {
namespace {

using Kind = JqToken::Kind;

// A level of brackets is three of these.
constexpr std::size_t kMaxDepth = 3 * (kMaxNesting + 20);

class Deeper {
 public:
  explicit Deeper(std::size_t& depth) : depth_(depth) { ++depth_; }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  std::size_t& depth_;
};

constexpr int kAlternative = 1;
constexpr int kAssignment = 2;
constexpr int kComparison = 5;
constexpr int kSum = 6;

int precedence(const JqToken& token) {
  if (token.kind == Kind::kName) {
    if (token.text == "or") return kLowestOperator;
    if (token.text == "and") return 4;
    return -1;
  }
  if (token.kind != Kind::kSymbol) return -1;
  if (token.text == "//") return kAlternative;
  if (token.text == "==" || token.text == "!=" || token.text == "<" || token.text == ">" ||
      token.text == "<=" || token.text == ">=") {
    return kComparison;
  }
  if (token.text.ends_with('=')) return kAssignment;
  if (token.text == "+" || token.text == "-") return kSum;
  if (token.text == "*" || token.text == "/" || token.text == "%") return 7;
  return -1;
}

}  // namespace

bool ExpressionChecker::accept(std::string_view symbol) {
  if (done() || !token().is(symbol)) return false;
  ++at_;
  return true;
}

bool ExpressionChecker::accept_name(std::string_view name) {
  if (done() || !token().is_name(name)) return false;
  ++at_;
  return true;
}

void ExpressionChecker::expect(std::string_view symbol) {
  if (!accept(symbol)) gave_up_ = true;
}

Type ExpressionChecker::run(const Type& input) {
  Type out = pipe(input);
  // What was not followed to its end may read anything.
  if (gave_up_ || token().kind != Kind::kEnd) out_.needs.read_all();
  return out;
}

bool ExpressionChecker::too_deep() {
  if (depth_ <= kMaxDepth) return false;
  fault(token().offset, fmt::format("the expression is nested deeper than {} levels", kMaxNesting),
        {});
  return true;
}

Type ExpressionChecker::pipe(Type input) {
  const Deeper deeper(depth_);
  while (!done() && !too_deep()) {
    if (accept_name("def")) {
      definition();
    } else if (accept_name("label")) {
      label();
    } else {
      Type left = comma(input);
      if (!accept("|")) return left;
      input = std::move(left);
    }
  }
  gave_up_ = true;
  return {};
}

void ExpressionChecker::definition() {
  const Variables outer = variables_;
  defined_.push_back(take().text);
  if (accept("(")) {
    while (!done() && !token().is(")")) {
      const JqToken parameter = take();
      if (parameter.kind == Kind::kName) defined_.push_back(parameter.text);
      if (parameter.kind == Kind::kVariable) {
        variables_[parameter.text] = Type{};
        defined_.push_back(parameter.text);
      }
    }
    expect(")");
  }
  expect(":");
  // Its input is read as a whole where it is called.
  read_whole(pipe({}));
  expect(";");
  variables_ = outer;
}

void ExpressionChecker::label() {
  take();
  expect("|");
}

Type ExpressionChecker::comma(const Type& input) {
  Type left = binary(input, 0);
  while (accept(",")) left = either(left, binary(input, 0));
  return left;
}

Type ExpressionChecker::binary(const Type& input, int least) {
  const Deeper deeper(depth_);
  if (too_deep()) return {};
  Type left = postfix(input);
  while (!done()) {
    const int level = precedence(token());
    if (level < least || level < 0) break;
    const JqToken symbol = take();
    // `a |= f` gives f what it replaces.
    const Type& given = symbol.is("|=") ? left : input;
    const Type right = binary(given, level == kAlternative ? level : level + 1);
    Type both = either(left, right);
    if (level == kAssignment) {
      read_whole(input);  // the result is the whole input, with a change
      left = {};
    } else if (level >= kLowestOperator && level <= kComparison) {
      left = boolean_type();
    } else {
      left = level == kAlternative || level == kSum ? both : Type{};
    }
  }
  return left;
}

Type ExpressionChecker::postfix(const Type& input) {
  Type type = term(input);
  while (!done()) {
    if (token().kind == Kind::kField) {
      const JqToken name = take();
      type = field(type, name.text, name.offset);
    } else if (token().is(".") && ahead().kind == Kind::kString) {
      take();
      const JqToken name = take();
      literal(input, name);
      type = named(type, name);
    } else if (token().is(".") && ahead().is("[")) {
      take();
    } else if (accept("[")) {
      type = bracket(type, input);
    } else if (accept_name("as")) {
      note(type);
      return binding(type, input);
    } else if (!accept("?")) {
      break;
    }
  }
  note(type);
  return type;
}

Type ExpressionChecker::binding(const Type& value, const Type& input) {
  const Variables outer = variables_;
  do pattern(value, input);
  while (accept("?//"));
  expect("|");
  Type out = pipe(input);
  variables_ = outer;
  return out;
}

void ExpressionChecker::pattern(const Type& value, const Type& input) {
  const Deeper deeper(depth_);
  if (too_deep()) return;
  if (token().kind == Kind::kVariable) {
    variables_[take().text] = value;
  } else if (accept("[")) {
    do pattern(element(value), input);
    while (accept(","));
    expect("]");
  } else if (accept("{")) {
    do pattern_member(value, input);
    while (accept(","));
    expect("}");
  } else {
    gave_up_ = true;
  }
}

void ExpressionChecker::pattern_member(const Type& value, const Type& input) {
  const JqToken key = take();
  Type inner;
  if (key.kind == Kind::kVariable) {
    inner = field(value, key.text, key.offset);
    variables_[key.text] = inner;
  } else if (key.kind == Kind::kName) {
    inner = field(value, key.text, key.offset);
  } else if (key.kind == Kind::kString) {
    literal(input, key);
    inner = named(value, key);
  } else if (key.is("(")) {
    // Which member it is, is not known before it runs.
    read_whole(value);
    read_whole(input);
    read_whole(pipe({}));
    expect(")");
  } else {
    gave_up_ = true;
  }
  if (accept(":")) {
    pattern(inner, input);
  }
}

Type ExpressionChecker::bracket(const Type& type, const Type& input) {
  if (accept("]")) return iterate(type);
  if (token().kind == Kind::kString && ahead().is("]")) {
    const JqToken name = take();
    take();
    literal(input, name);
    return named(type, name);
  }
  const bool is_list = type.known && type.field.list;
  // Other lists are looked for in a list.
  if (!is_list || !is_index()) read_whole(type);
  bool slice = accept(":");
  if (!token().is("]")) read_whole(pipe(input));
  if (accept(":")) {
    slice = true;
    if (!token().is("]")) read_whole(pipe(input));
  }
  expect("]");
  if (slice) return {type.known, type.field, {}, type.needs};
  if (!is_list) return {};
  Type out = element(type);
  out.path.reset();
  return out;
}

// A number, or the beginning of a slice.
bool ExpressionChecker::is_index() const {
  if (token().is(":")) return true;
  const std::size_t number = token().is("-") ? at_ + 1 : at_;
  if (number + 1 >= tokens_.size() || tokens_[number].kind != Kind::kNumber) return false;
  return tokens_[number + 1].is("]") || tokens_[number + 1].is(":");
}

Type ExpressionChecker::term(const Type& input) {
  const Deeper deeper(depth_);
  if (too_deep()) return {};
  const JqToken token = take();
  switch (token.kind) {
    case Kind::kField:
      return field(input, token.text, token.offset);
    case Kind::kNumber:
      return {true, {FieldType::Base::kNumber, nullptr, false, false}, {}};
    case Kind::kString:
      return literal(input, token);
    case Kind::kFormat:
      if (this->token().kind == Kind::kString) {
        literal(input, take());
      } else {
        read_whole(input);  // `@json`
      }
      return {true, {FieldType::Base::kString, nullptr, false, false}, {}};
    case Kind::kVariable:
      return variable(token);
    case Kind::kName:
      return name(input, token);
    case Kind::kSymbol:
      return symbol(input, token);
    case Kind::kEnd:
      break;
  }
  gave_up_ = true;
  return {};
}

Type ExpressionChecker::symbol(const Type& input, const JqToken& token) {
  if (token.is(".")) {
    if (this->token().kind != Kind::kString) return input;
    const JqToken name = take();
    literal(input, name);
    return named(input, name);
  }
  if (token.is("..")) {
    out_.reads_free_form = true;
    read_whole(input);
    return {};
  }
  if (token.is("-")) return read_whole(postfix(input)), Type{};
  if (token.is("(")) {
    Type inner = pipe(input);
    expect(")");
    return inner;
  }
  if (token.is("[")) return list(input);
  if (token.is("{")) return object(input);
  gave_up_ = true;
  return {};
}

}  // namespace xdscope::rules::user
