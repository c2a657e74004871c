#include "rules/user/expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>

#include "base/text.h"
#include "rules/user/jq_lexer.h"

namespace xdscope::rules::user {
namespace {

using Kind = JqToken::Kind;
using Base = FieldType::Base;

// What an expression yields. `path` leads there from the entity, where it is a plain path.
struct Type {
  bool known = false;
  FieldType field;
  std::optional<std::string> path;
};

Type join(const Type& a, const Type& b) {
  const bool same = a.known && b.known && a.field.base == b.field.base &&
                    a.field.shape == b.field.shape && a.field.list == b.field.list;
  return same ? Type{true, a.field, {}} : Type{};
}

constexpr std::array<std::string_view, 18> kForbidden = {"input",
                                                         "inputs",
                                                         "input_filename",
                                                         "input_line_number",
                                                         "env",
                                                         "debug",
                                                         "stderr",
                                                         "halt",
                                                         "halt_error",
                                                         "now",
                                                         "import",
                                                         "include",
                                                         "modulemeta",
                                                         "get_search_list",
                                                         "localtime",
                                                         "strflocaltime",
                                                         "getenv",
                                                         "$ENV"};

// Functions whose arguments see what the function itself sees.
constexpr std::array<std::string_view, 40> kSameInput = {
    "select",   "first",     "last",    "limit",    "has",        "in",       "inside",
    "contains", "index",     "rindex",  "indices",  "join",       "split",    "test",
    "match",    "capture",   "scan",    "splits",   "startswith", "endswith", "ltrimstr",
    "rtrimstr", "range",     "IN",      "isempty",  "error",      "del",      "path",
    "delpaths", "to_number", "tojson",  "ascii",    "flatten",    "nth",      "combinations",
    "getpath",  "implode",   "trimstr", "strptime", "strftime"};
constexpr std::array<std::string_view, 6> kOfElements = {"map",      "sort_by", "unique_by",
                                                         "group_by", "min_by",  "max_by"};
constexpr std::array<std::string_view, 12> kKeepType = {
    "sort",    "unique", "reverse",  "objects", "arrays",    "strings",
    "numbers", "values", "booleans", "scalars", "iterables", "nulls"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Thrown nowhere: a parser that cannot go on says so and the rest is taken for unknown.
class Checker {
 public:
  Checker(std::string_view text, ExpressionCheck& out, std::size_t first_line)
      : text_(text), tokens_(jq_tokens(text)), out_(out), first_line_(first_line) {}

  void run(const Type& input, const std::map<std::string_view, Type>& variables) {
    variables_ = variables;
    check_brackets();
    pipe(input);
  }

 private:
  const JqToken& token() const { return tokens_[at_]; }
  const JqToken& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  bool done() const { return gave_up_ || out_.fault || token().kind == Kind::kEnd; }
  JqToken take() { return done() ? tokens_.back() : tokens_[at_++]; }
  bool accept(std::string_view symbol) {
    if (done() || !token().is(symbol)) return false;
    ++at_;
    return true;
  }
  bool accept_name(std::string_view name) {
    if (done() || !token().is_name(name)) return false;
    ++at_;
    return true;
  }
  void expect(std::string_view symbol) {
    if (!accept(symbol)) gave_up_ = true;
  }

  void fault(std::size_t offset, std::string message, std::string hint) {
    if (out_.fault) return;
    const auto before = text_.substr(0, offset);
    const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    out_.fault = ExpressionFault{std::move(message), std::move(hint), first_line_ + lines};
  }

  // An expression is put between parentheses later: it must not close what it did not open.
  void check_brackets() {
    std::string open;
    for (const JqToken& token : tokens_) {
      if (token.kind != Kind::kSymbol || token.text.size() != 1) continue;
      const char c = token.text[0];
      if (c == '(' || c == '[' || c == '{') {
        open += c;
      } else if (c == ')' || c == ']' || c == '}') {
        const char opening = c == ')' ? '(' : c == ']' ? '[' : '{';
        if (open.empty() || open.back() != opening) {
          return fault(token.offset, fmt::format("a \"{}\" closes nothing", c), {});
        }
        open.pop_back();
      }
    }
  }

  Type pipe(const Type& input) {
    if (accept_name("def")) {
      definition();
      return pipe(input);
    }
    if (accept_name("label")) {
      take();
      expect("|");
      return pipe(input);
    }
    Type left = comma(input);
    return accept("|") ? pipe(left) : left;
  }

  void definition() {
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
    pipe({});
    expect(";");
  }

  Type comma(const Type& input) {
    Type left = binary(input, 0);
    while (accept(",")) left = join(left, binary(input, 0));
    return left;
  }

  static int precedence(const JqToken& token) {
    if (token.kind == Kind::kName) {
      if (token.text == "or") return 3;
      if (token.text == "and") return 4;
      return -1;
    }
    if (token.kind != Kind::kSymbol) return -1;
    if (token.text == "//") return 1;
    if (token.text == "=" ||
        (token.text.size() > 1 && token.text.ends_with('=') && token.text != "==" &&
         token.text != "!=" && token.text != "<=" && token.text != ">=")) {
      return 2;
    }
    if (token.text == "==" || token.text == "!=" || token.text == "<" || token.text == ">" ||
        token.text == "<=" || token.text == ">=") {
      return 5;
    }
    if (token.text == "+" || token.text == "-") return 6;
    if (token.text == "*" || token.text == "/" || token.text == "%") return 7;
    return -1;
  }

  Type binary(const Type& input, int least) {
    Type left = postfix(input);
    while (!done()) {
      const int level = precedence(token());
      if (level < least || level < 0) break;
      take();
      const Type right = binary(input, level == 1 ? level : level + 1);
      if (level == 1) {
        left = join(left, right);
      } else if (level >= 3 && level <= 5) {
        left = {true, {Base::kBoolean, nullptr, false, false}, {}};
      } else {
        left = level == 6 ? join(left, right) : Type{};
      }
    }
    return left;
  }

  Type postfix(const Type& input) {
    Type type = term(input);
    while (!done()) {
      if (token().kind == Kind::kField) {
        const JqToken name = take();
        type = field(type, name.text, name.offset);
      } else if (token().is(".") && ahead().kind == Kind::kString) {
        take();
        const JqToken name = take();
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

  // Remembers what is read, for explanations.
  void note(const Type& type) {
    if (!type.path || type.path->empty() || !type.known) return;
    if (type.field.base == Base::kObject) return;
    if (std::find(out_.paths.begin(), out_.paths.end(), *type.path) == out_.paths.end()) {
      out_.paths.push_back(*type.path);
    }
  }

  Type binding(const Type& value, const Type& input) {
    do pattern(value);
    while (accept("?//"));
    expect("|");
    return pipe(input);
  }

  void pattern(const Type& value) {
    if (token().kind == Kind::kVariable) {
      variables_[take().text] = value;
    } else if (accept("[")) {
      do pattern(element(value));
      while (accept(","));
      expect("]");
    } else if (accept("{")) {
      do {
        const JqToken key = take();
        if (key.kind == Kind::kVariable) variables_[key.text] = field(value, key.text, key.offset);
        Type inner;
        if (key.kind == Kind::kName) inner = field(value, key.text, key.offset);
        if (key.kind == Kind::kString) inner = named(value, key);
        if (key.is("(")) {
          pipe({});
          expect(")");
        }
        if (accept(":")) pattern(inner);
      } while (accept(","));
      expect("}");
    } else {
      gave_up_ = true;
    }
  }

  Type bracket(const Type& type, const Type& input) {
    if (accept("]")) {
      Type out = iterate(type);
      return out;
    }
    if (token().kind == Kind::kString && ahead().is("]")) {
      const JqToken name = take();
      take();
      return named(type, name);
    }
    bool slice = accept(":");
    if (!token().is("]")) pipe(input);
    if (accept(":")) {
      slice = true;
      if (!token().is("]")) pipe(input);
    }
    expect("]");
    if (slice) return {type.known, type.field, {}};
    Type out = type.known && type.field.list ? element(type) : Type{};
    out.path.reset();
    return out;
  }

  static Type element(const Type& type) {
    if (!type.known || !type.field.list) return {};
    Type out{true, type.field, {}};
    out.field.list = false;
    if (type.path) out.path = *type.path + "[]";
    if (out.field.base == Base::kAny) out.known = false;
    return out;
  }

  Type iterate(const Type& type) {
    if (!type.known || type.field.list) return element(type);
    if (type.field.base != Base::kObject && type.field.base != Base::kAny) {
      fault(at_ > 0 ? tokens_[at_ - 1].offset : 0,
            fmt::format("[] on {}, which is a {}", type.path.value_or("a value"),
                        type_text(type.field)),
            "only lists have elements");
    }
    return {};
  }

  Type named(const Type& type, const JqToken& literal) {
    const JqString name = jq_string(literal.text);
    if (!name.programs.empty()) return {};
    return field(type, name.text, literal.offset);
  }

  Type field(const Type& type, std::string_view name, std::size_t offset) {
    if (!type.known || type.field.base == Base::kAny) return {};
    const std::string path = type.path.value_or("");
    if (type.field.list) {
      const std::string list = path.empty() ? "this" : path;
      fault(offset, fmt::format(".{} on {}, which is a list", name, list),
            path.empty() ? "write [] to reach its elements"
                         : fmt::format("write any({}[]; .{}), or {}[].{}", path, name, path, name));
      return {};
    }
    if (type.field.base != Base::kObject) {
      fault(offset,
            fmt::format(".{} on {}, which is a {}", name, path.empty() ? "a value" : path,
                        type_text(type.field)),
            {});
      return {};
    }
    const Field* found = type.field.shape->find(name);
    if (found == nullptr) {
      fault(offset,
            fmt::format("a {} has no field \"{}\"", type.field.shape->name, printable(name)),
            field_hint(*type.field.shape, name));
      return {};
    }
    if (found->type.base == Base::kAny) {
      out_.reads_free_form = true;
      return {};
    }
    Type out{true, found->type, {}};
    if (type.path) out.path = fmt::format("{}.{}", path, name);
    return out;
  }

  Type term(const Type& input) {
    const JqToken token = take();
    switch (token.kind) {
      case Kind::kField:
        return field(input, token.text, token.offset);
      case Kind::kNumber:
        return {true, {Base::kNumber, nullptr, false, false}, {}};
      case Kind::kString:
        return literal(input, token);
      case Kind::kFormat:
        if (this->token().kind == Kind::kString) literal(input, take());
        return {true, {Base::kString, nullptr, false, false}, {}};
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

  Type literal(const Type& input, const JqToken& token) {
    for (const std::string_view program : jq_string(token.text).programs) {
      const auto before = text_.substr(0, static_cast<std::size_t>(program.data() - text_.data()));
      const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
      Checker(program, out_, first_line_ + lines).run(input, variables_);
    }
    return {true, {Base::kString, nullptr, false, false}, {}};
  }

  Type variable(const JqToken& token) {
    if (token.text == "ENV") forbid(token);
    const auto known = variables_.find(token.text);
    return known == variables_.end() ? Type{} : known->second;
  }

  void forbid(const JqToken& token) {
    fault(
        token.offset,
        fmt::format("a rule cannot use {}{}", token.kind == Kind::kVariable ? "$" : "", token.text),
        "it sees the entity and its parameters only: the same dump gives the same findings");
  }

  Type symbol(const Type& input, const JqToken& token) {
    if (token.is(".")) {
      if (this->token().kind == Kind::kString) return named(input, take());
      return input;
    }
    if (token.is("..")) {
      out_.reads_free_form = true;
      return {};
    }
    if (token.is("-")) return postfix(input), Type{};
    if (token.is("(")) {
      const Type inner = pipe(input);
      expect(")");
      return inner;
    }
    if (token.is("[")) {
      if (accept("]")) return {};
      Type inner = pipe(input);
      expect("]");
      if (!inner.known || inner.field.list) return {};
      inner.field.list = true;
      inner.path.reset();
      return inner;
    }
    if (token.is("{")) return object(input);
    gave_up_ = true;
    return {};
  }

  Type object(const Type& input) {
    while (!done() && !token().is("}")) {
      const JqToken key = take();
      if (key.is("(")) {
        pipe(input);
        expect(")");
      } else if (key.kind == Kind::kString) {
        literal(input, key);
        if (!token().is(":")) named(input, key);
      } else if (key.kind == Kind::kName && !token().is(":")) {
        field(input, key.text, key.offset);
      } else if (key.kind == Kind::kVariable) {
        variable(key);
      }
      if (accept(":")) {
        // An object's value is a term, or terms joined by `|`.
        do binary(input, 3);
        while (accept("|"));
      }
      if (!accept(",")) break;
    }
    expect("}");
    return {};
  }

  Type name(const Type& input, const JqToken& token) {
    if (token.text == "if") return condition(input);
    if (token.text == "try") {
      const Type type = postfix(input);
      if (accept_name("catch")) postfix({});
      return type;
    }
    if (token.text == "reduce" || token.text == "foreach") return fold(input);
    if (token.text == "break") return take(), Type{};
    const bool own = std::find(defined_.begin(), defined_.end(), token.text) != defined_.end();
    if (!own && is_one_of(token.text, kForbidden)) {
      forbid(token);
      return {};
    }
    return call(input, token, own);
  }

  Type condition(const Type& input) {
    std::optional<Type> all;
    const auto branch = [&] {
      const Type type = pipe(input);
      all = all ? join(*all, type) : type;
    };
    do {
      pipe(input);
      if (!accept_name("then")) gave_up_ = true;
      branch();
    } while (accept_name("elif"));
    if (accept_name("else")) branch();
    if (!accept_name("end")) gave_up_ = true;
    return all.value_or(Type{});
  }

  Type fold(const Type& input) {
    const Type source = reduce_source(input);
    pattern(source);
    expect("(");
    pipe(input);
    while (accept(";")) pipe({});
    expect(")");
    return {};
  }

  // `reduce TERM as $x (…)`: postfix() would take the `as` for a binding.
  Type reduce_source(const Type& input) {
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
    const Type type = postfix(input);
    tokens_[end] = as;
    if (at_ != end) gave_up_ = true;
    at_ = end + 1;
    return type;
  }

  Type call(const Type& input, const JqToken& function, bool own) {
    const std::string_view name = function.text;
    std::vector<Type> arguments;
    if (accept("(")) {
      if (!own && name == "has" && token().kind == Kind::kString && ahead().is(")")) {
        const JqToken key = take();
        if (input.known && !input.field.list) named(input, key);
      } else {
        do {
          arguments.push_back(argument(input, name, own, arguments));
        } while (accept(";"));
      }
      expect(")");
    }
    if (own) return {};
    return result(input, name, arguments);
  }

  Type argument(const Type& input, std::string_view name, bool own,
                const std::vector<Type>& before) {
    if (own) return pipe({});
    if (name == "any" || name == "all") {
      if (!before.empty()) return pipe(before[0]);
      // With one argument it is the condition, with two the first is what to go through.
      return pipe(arity() == 1 ? iterate(input) : input);
    }
    if (is_one_of(name, kOfElements)) return pipe(iterate(input));
    if (name == "sub" || name == "gsub") return pipe(before.size() == 1 ? Type{} : input);
    return pipe(is_one_of(name, kSameInput) ? input : Type{});
  }

  // Arguments of the call whose first argument begins here.
  int arity() const {
    int depth = 0;
    int count = 1;
    for (std::size_t i = at_; i < tokens_.size() && depth >= 0; ++i) {
      const JqToken& item = tokens_[i];
      if (item.is("(") || item.is("[") || item.is("{")) ++depth;
      if (item.is(")") || item.is("]") || item.is("}")) --depth;
      if (depth == 0 && item.is(";")) ++count;
    }
    return count;
  }

  static Type result(const Type& input, std::string_view name, const std::vector<Type>& arguments) {
    if (name == "select" || name == "sort_by" || name == "unique_by" ||
        is_one_of(name, kKeepType)) {
      return input;
    }
    if (name == "first" || name == "last") {
      return arguments.empty() ? element(input) : arguments[0];
    }
    if (name == "limit") return arguments.size() == 2 ? arguments[1] : Type{};
    if (name == "min_by" || name == "max_by" || name == "min" || name == "max") {
      return element(input);
    }
    if (name == "map" && arguments.size() == 1) {
      if (!arguments[0].known || arguments[0].field.list) return {};
      Type out = arguments[0];
      out.field.list = true;
      out.path.reset();
      return out;
    }
    return {};
  }

  std::string_view text_;
  std::vector<JqToken> tokens_;
  ExpressionCheck& out_;
  std::size_t first_line_;
  std::size_t at_ = 0;
  bool gave_up_ = false;
  std::map<std::string_view, Type> variables_;
  std::vector<std::string_view> defined_;
};

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
    if (token.is_name("and") || token.is_name("or") || token.kind == Kind::kEnd) {
      operands.emplace_back(trim(text.substr(begin, token.offset - begin)));
      begin = token.offset + token.text.size();
    }
  }
  if (operands.size() < 2) operands.clear();
  return operands;
}

}  // namespace

ExpressionCheck check_expression(std::string_view expression, const Shape& entity) {
  ExpressionCheck check;
  const Type input{true, {Base::kObject, &entity, false, false}, std::string()};
  Checker(expression, check, 1).run(input, {});
  check.operands = operands_of(expression);
  return check;
}

}  // namespace xdscope::rules::user
