// The tokens of a jq program, as far as telling field names apart from everything else needs them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace xdscope::rules::user {

struct JqToken {
  enum class Kind {
    kEnd,
    kField,     // .name; `text` is name
    kName,      // a function or keyword
    kVariable,  // $name; `text` is name
    kNumber,
    kString,  // `text` is what stands between the quotes
    kFormat,  // @base64
    kSymbol,  // punctuation and operators
  };
  Kind kind = Kind::kEnd;
  std::string_view text;
  std::size_t offset = 0;  // in the program

  bool is(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
  bool is_name(std::string_view name) const { return kind == Kind::kName && text == name; }
};

// Ends with kEnd. What is no jq at all (an unterminated string, a stray character) becomes a
// symbol: libjq says what is wrong with it.
std::vector<JqToken> jq_tokens(std::string_view program);

// A string literal: the text with escapes undone where it has no interpolation, else the programs
// inside `\(…)`.
struct JqString {
  std::string text;
  std::vector<std::string_view> programs;
};
JqString jq_string(std::string_view between_quotes);

}  // namespace xdscope::rules::user
