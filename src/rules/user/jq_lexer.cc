#include "rules/user/jq_lexer.h"

#include <array>
#include <cctype>

namespace xdscope::rules::user {
namespace {

bool starts_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool continues_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

std::size_t skip_string(std::string_view text, std::size_t at);

// One past the parenthesis that closes the one before `at`.
std::size_t skip_interpolation(std::string_view text, std::size_t at) {
  for (int depth = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      at = skip_string(text, at + 1) - 1;
    } else if (text[at] == '(') {
      ++depth;
    } else if (text[at] == ')' && --depth == 0) {
      return at + 1;
    }
  }
  return text.size();
}

// One past the closing quote of the string whose first character is at `at`.
std::size_t skip_string(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    if (text[at] == '"') return at + 1;
    if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '(') {
      at = skip_interpolation(text, at + 2);
    } else {
      at += text[at] == '\\' ? 2 : 1;
    }
  }
  return text.size();
}

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
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (std::isspace(static_cast<unsigned char>(text_[at_]))) {
        ++at_;
      } else {
        return true;
      }
    }
    return false;
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
    if (c == '$' && starts_name(peek(1))) {
      return token(Kind::kVariable, name_end(at_ + 1, true), 1);
    }
    if (c == '@' && starts_name(peek(1))) return token(Kind::kFormat, name_end(at_ + 1, false));
    if (starts_name(c)) return token(Kind::kName, name_end(at_, true));
    if (std::isdigit(static_cast<unsigned char>(c)) ||
        (c == '.' && std::isdigit(static_cast<unsigned char>(peek(1))))) {
      return token(Kind::kNumber, number_end());
    }
    if (c == '"') {
      const std::size_t end = skip_string(text_, at_ + 1);
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

  std::size_t number_end() const {
    std::size_t at = at_;
    while (at < text_.size()) {
      const char c = text_[at];
      const bool sign = (c == '+' || c == '-') && (text_[at - 1] == 'e' || text_[at - 1] == 'E');
      if (!std::isdigit(static_cast<unsigned char>(c)) && c != '.' && c != 'e' && c != 'E' &&
          (at == at_ || !sign)) {
        break;
      }
      ++at;
    }
    return at;
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
      const std::size_t end = skip_interpolation(text, i + 2);
      out.programs.push_back(text.substr(i + 2, end - i - 3));
      i = end - 1;
    } else {
      out.text += text[++i];
    }
  }
  return out;
}

}  // namespace xdscope::rules::user
