#include "rules/user/message.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "rules/user/jq_lexer.h"
#include "rules/user/json_text.h"

namespace xdscope::rules::user {
namespace {

// Bytes, so that fewer characters, which a report should hold.
constexpr std::size_t kMaxMessage = 4000;

bool is_plain_path(std::string_view text) {
  return !text.empty() && (std::isalpha(static_cast<unsigned char>(text[0])) || text[0] == '_') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.';
         });
}

// The offset of the brace that closes an expression, or npos. Tokens know what stands in strings.
std::size_t closing_brace(std::string_view text) {
  int depth = 0;
  for (const JqToken& token : jq_tokens(text)) {
    if (token.is("{")) ++depth;
    if (token.is("}") && depth-- == 0) return token.offset;
  }
  return std::string_view::npos;
}

std::string part_program(const std::string& expression) {
  // A path gives one value.
  if (expression.starts_with('.') && is_plain_path(expression.substr(1))) {
    return "(" + expression + " | xdscope_text)";
  }
  return "([limit(100; (" + expression +
         "\n))] | if length == 1 then .[0] else . end | xdscope_text)";
}

}  // namespace

Result<std::vector<MessagePart>> parse_message(std::string_view message) {
  std::vector<MessagePart> parts;
  std::string literal;
  for (std::size_t i = 0; i < message.size(); ++i) {
    const char c = message[i];
    const bool doubled = i + 1 < message.size() && message[i + 1] == c;
    if (c == '}' && !doubled) {
      return fail(ErrorCode::kUsage, "the message has a } without a {", {}, "write }} for a brace");
    }
    if (c != '{' && c != '}') {
      literal += c;
      continue;
    }
    if (doubled) {
      literal += c;
      ++i;
      continue;
    }
    const std::string_view rest = message.substr(i + 1);
    const std::size_t end = closing_brace(rest);
    const std::string_view inside = trim(rest.substr(0, std::min(end, rest.size())));
    if (end == std::string_view::npos || inside.empty()) {
      return fail(
          ErrorCode::kUsage,
          inside.empty() ? "the message has empty braces" : "the message has a { without a }", {},
          "{name} stands for a field, {{ for a brace");
    }
    if (!literal.empty()) parts.push_back({false, std::move(literal)});
    literal.clear();
    parts.push_back(
        {true, is_plain_path(inside) ? "." + std::string(inside) : std::string(inside)});
    i += end + 1;
  }
  if (!literal.empty()) parts.push_back({false, std::move(literal)});
  return parts;
}

std::string message_program(const std::vector<MessagePart>& parts) {
  std::string program =
      "def xdscope_text: if . == null then \"none\" elif type == \"array\" then map(xdscope_text) "
      "| "
      "join(\", \") elif type == \"object\" then tojson else tostring end; \"\"";
  for (const MessagePart& part : parts) {
    program += " + " + (part.expression ? part_program(part.text) : quoted(part.text));
  }
  return "(" + program + " | if utf8bytelength > " + std::to_string(kMaxMessage) +
         " then .[:" + std::to_string(kMaxMessage) + "] + \"…\" else . end)";
}

}  // namespace xdscope::rules::user
