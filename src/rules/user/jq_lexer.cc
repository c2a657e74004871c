#include "rules/user/jq_lexer.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace xdscope::rules::user {
namespace {

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool continues_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Reads over strings and the programs in them (`"a \(b)"`) without recursion: what stands in them
// is not to be trusted.
class Skip {
 public:
  explicit Skip(std::string_view text) : text_(text) {}

  // One past the closing quote of the string whose first character is at `at`.
  std::size_t string(std::size_t at) {
    in_string_ = true;
    return run(at, true);
  }
  // One past the parenthesis that closes the one before `at`.
  std::size_t interpolation(std::size_t at) {
    parentheses_ = {1};
    return run(at, false);
  }

 private:
  std::size_t run(std::size_t at, bool to_quote) {
    while (at < text_.size()) {
      at += in_string_ ? step_in_string(at) : step_in_program(at);
      if (parentheses_.empty() && in_string_ != to_quote) return std::min(at, text_.size());
    }
    return text_.size();
  }

  std::size_t step_in_string(std::size_t at) {
    if (text_[at] == '"') in_string_ = false;
    if (text_[at] != '\\') return 1;
    if (at + 1 < text_.size() && text_[at + 1] == '(') {
      parentheses_.push_back(1);
      in_string_ = false;
    }
    return 2;
  }

  std::size_t step_in_program(std::size_t at) {
    const char c = text_[at];
    if (c == '"') in_string_ = true;
    if (c == '#') return std::min(text_.find('\n', at), text_.size()) - at;
    if (c == '(') ++parentheses_.back();
    if (c == ')' && --parentheses_.back() == 0) {
      parentheses_.pop_back();
      in_string_ = true;
    }
    return 1;
  }

  std::string_view text_;
  bool in_string_ = false;
  std::vector<std::size_t> parentheses_;  // that are open in each program
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<JqToken> read() {
    while (skip_space()) tokens_.push_back(next());
    tokens_.push_back({JqToken::Kind::kEnd, {}, text_.size()});
    return std::move(tokens_);
  }

 private:
  using Kind = JqToken::Kind;

  bool skip_space() {
    at_ = space_end(at_);
    return at_ < text_.size();
  }

  // Where space and comments that begin at `at` end.
  std::size_t space_end(std::size_t at) const {
    while (at < text_.size()) {
      if (text_[at] == '#') {
        while (at < text_.size() && text_[at] != '\n') ++at;
      } else if (std::isspace(static_cast<unsigned char>(text_[at]))) {
        ++at;
      } else {
        break;
      }
    }
    return at;
  }

  char peek(std::size_t ahead) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  std::size_t name_end(std::size_t at, bool qualified) const {
    while (at < text_.size()) {
      if (continues_name(text_[at])) {
        ++at;
      } else if (qualified && text_.substr(at, 2) == "::") {
        at += 2;
      } else {
        break;
      }
    }
    return at;
  }

  // A token whose text begins `skip` characters after its own start.
  JqToken token(Kind kind, std::size_t end, std::size_t skip = 0, std::size_t tail = 0) {
    const std::size_t begin = at_;
    at_ = end;
    return {kind, text_.substr(begin + skip, end - begin - skip - tail), begin};
  }

  JqToken next() {
    const char c = text_[at_];
    if (c == '.' && starts_name(peek(1))) return token(Kind::kField, name_end(at_ + 1, false), 1);
    if (c == '$') {
      // jq allows space between the two.
      const std::size_t name = space_end(at_ + 1);
      if (name < text_.size() && starts_name(text_[name])) {
        return token(Kind::kVariable, name_end(name, true), name - at_);
      }
    }
    if (c == '@' && starts_name(peek(1))) return token(Kind::kFormat, name_end(at_ + 1, false));
    if (starts_name(c)) return token(Kind::kName, name_end(at_, true));
    if (std::isdigit(static_cast<unsigned char>(c)) ||
        (c == '.' && std::isdigit(static_cast<unsigned char>(peek(1))))) {
      return token(Kind::kNumber, number_end());
    }
    if (c == '"') {
      const std::size_t end = Skip(text_).string(at_ + 1);
      const bool closed = end - at_ >= 2 && text_[end - 1] == '"';
      return closed ? token(Kind::kString, end, 1, 1) : token(Kind::kSymbol, end);
    }
    constexpr std::array<std::string_view, 16> kSymbols = {
        "?//", "//=", "..", "//", "==", "!=", "<=", ">=", "|=", "+=", "-=", "*=", "/=", "%=", "?"};
    for (const std::string_view symbol : kSymbols) {
      if (!symbol.empty() && text_.substr(at_).starts_with(symbol)) {
        return token(Kind::kSymbol, at_ + symbol.size());
      }
    }
    return token(Kind::kSymbol, at_ + 1);
  }

  bool is_digit(std::size_t at) const {
    return at < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at]));
  }

  std::size_t number_end() const {
    std::size_t at = at_;
    while (is_digit(at) || (at < text_.size() && text_[at] == '.')) ++at;
    if (at >= text_.size() || (text_[at] != 'e' && text_[at] != 'E')) return at;
    const bool sign = at + 1 < text_.size() && (text_[at + 1] == '+' || text_[at + 1] == '-');
    std::size_t digits = at + (sign ? 2 : 1);
    if (!is_digit(digits)) return at;  // `1else`
    while (is_digit(digits)) ++digits;
    return digits;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<JqToken> tokens_;
};

}  // namespace

std::vector<JqToken> jq_tokens(std::string_view program) { return Lexer(program).read(); }

JqString jq_string(std::string_view text) {
  JqString out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 >= text.size()) {
      out.text += text[i];
    } else if (text[i + 1] == '(') {
      const std::size_t end = Skip(text).interpolation(i + 2);
      out.programs.push_back(text.substr(i + 2, end - i - 3));
      i = end - 1;
    } else {
      out.text += text[++i];
    }
  }
  return out;
}

}  // namespace xdscope::rules::user
