// Small text helpers without knowledge of Envoy.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace xdscope {

// The parts between separators; one empty part for empty text.
std::vector<std::string_view> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
// ASCII only, as Envoy and DNS do.
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);
// Whole decimal number; nothing else around it.
bool parse_decimal(std::string_view text, long& value);
// Number of Unicode code points in valid UTF-8 text, as Go's text/tabwriter counts a cell's width.
std::size_t count_code_points(std::string_view text);
// Shell-style glob: * any text, ? any one character; everything else literal.
bool glob_match(std::string_view pattern, std::string_view text);
// How many single-character edits turn a into b.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The code point at text[i] and its length in bytes; for a byte of broken UTF-8 U+FFFD and 1.
std::pair<char32_t, std::size_t> code_point_at(std::string_view text, std::size_t i);
// C0, DEL, C1, and the Unicode characters that end lines or change the direction of text.
bool is_control(char32_t c);
// Text from a dump made harmless for a terminal or a log: control characters become visible
// escapes such as \x1b.
std::string printable(std::string_view text);
// Whether printable() would leave the text as it is, for plain ASCII; other text may be, too.
bool is_printable(std::string_view text);

}  // namespace xdscope
