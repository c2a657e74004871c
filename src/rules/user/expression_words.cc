#include "rules/user/expression_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "rules/user/jq_lexer.h"

namespace xdscope::rules::user {
namespace {

using Kind = JqToken::Kind;

constexpr std::size_t kMaxBytes = 64UL * 1024;

constexpr std::array<std::string_view, 19> kForbiddenNames = {"input",
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
                                                              "get_prog_origin",
                                                              "get_jq_origin"};
// `$__loc__` is a place in the text of all rules together.
constexpr std::array<std::string_view, 3> kForbiddenVariables = {"ENV", "__loc__", "__prog_args"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Words {
 public:
  Words(std::string_view text, std::size_t first_line, std::size_t depth)
      : text_(text), first_line_(first_line), depth_(depth), tokens_(jq_tokens(text)) {}

  std::optional<ExpressionFault> fault() {
    for (at_ = 0; at_ < tokens_.size(); ++at_) {
      const JqToken& token = tokens_[at_];
      if (token.kind == Kind::kSymbol) bracket(token);
      if (token.kind == Kind::kString) interpolations(token);
      if (forbidden(token)) {
        say(token.offset,
            fmt::format("a rule cannot use {}{}", token.kind == Kind::kVariable ? "$" : "",
                        token.text),
            "it sees the entity and its parameters only: the same dump gives the same findings");
      }
      if (found_) return found_;
    }
    return {};
  }

 private:
  void say(std::size_t offset, std::string message, std::string hint = {}) {
    found_ = ExpressionFault{std::move(message), std::move(hint),
                             first_line_ + lines_before(text_, offset)};
  }

  // An expression is put between parentheses later: it must not close what it did not open.
  void bracket(const JqToken& token) {
    if (token.text.size() != 1) return;
    const char c = token.text[0];
    if (c == '(' || c == '[' || c == '{') {
      open_ += c;
      if (open_.size() > kMaxNesting) {
        say(token.offset, fmt::format("brackets are nested deeper than {} levels", kMaxNesting));
      }
    } else if (c == ')' || c == ']' || c == '}') {
      const char opening = c == ')' ? '(' : c == ']' ? '[' : '{';
      if (open_.empty() || open_.back() != opening) {
        return say(token.offset, fmt::format("a \"{}\" closes nothing", c));
      }
      open_.pop_back();
    }
  }

  void interpolations(const JqToken& token) {
    for (const std::string_view program : jq_string(token.text).programs) {
      const auto offset = static_cast<std::size_t>(program.data() - text_.data());
      if (depth_ >= kMaxNesting) {
        return say(offset, fmt::format("strings are nested deeper than {} levels", kMaxNesting));
      }
      found_ = Words(program, first_line_ + lines_before(text_, offset), depth_ + 1).fault();
      if (found_) return;
    }
  }

  bool forbidden(const JqToken& token) const {
    if (token.kind == Kind::kVariable) {
      return is_one_of(token.text, kForbiddenVariables) || token.text.starts_with("xdscope_");
    }
    return token.kind == Kind::kName && is_one_of(token.text, kForbiddenNames) && !is_key();
  }

  // `{input: 1}` and `{input}` name a member.
  bool is_key() const {
    if (open_.empty() || open_.back() != '{' || at_ == 0) return false;
    const JqToken& before = tokens_[at_ - 1];
    const JqToken& after = tokens_[at_ + 1];  // the last token is kEnd
    return (before.is("{") || before.is(",")) && (after.is(":") || after.is(",") || after.is("}"));
  }

  std::string_view text_;
  std::size_t first_line_;
  std::size_t depth_;
  std::vector<JqToken> tokens_;
  std::size_t at_ = 0;
  std::string open_;
  std::optional<ExpressionFault> found_;
};

}  // namespace

std::size_t lines_before(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
}

std::optional<ExpressionFault> fault_of_words(std::string_view expression) {
  if (expression.size() > kMaxBytes) {
    return ExpressionFault{
        fmt::format("the expression is larger than {} KiB", kMaxBytes / 1024), {}, 1};
  }
  if (const std::size_t zero = expression.find('\0'); zero != std::string_view::npos) {
    return ExpressionFault{
        "the expression has a zero byte", {}, 1 + lines_before(expression, zero)};
  }
  return Words(expression, 1, 0).fault();
}

}  // namespace xdscope::rules::user
