#include "json/yaml_quoting.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "base/yaml_core_schema.h"

namespace xdscope::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// YAML 1.1 has more booleans.
bool is_old_boolean(std::string_view text) {
  constexpr std::array<std::string_view, 16> kWords = {"y",  "Y",   "yes", "Yes", "YES", "n",
                                                       "N",  "no",  "No",  "NO",  "on",  "On",
                                                       "ON", "off", "Off", "OFF"};
  return text.size() <= 3 && std::find(kWords.begin(), kWords.end(), text) != kWords.end();
}

// Takes `least` to `most` digits off the front.
bool take_digits(std::string_view& text, std::size_t least, std::size_t most) {
  std::size_t count = 0;
  while (count < most && count < text.size() && is_digit(text[count])) ++count;
  text.remove_prefix(count);
  return count >= least;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text[0] != c) return false;
  text.remove_prefix(1);
  return true;
}

// 2006-1-2, 2006-1-2 15:4:5.9, 2006-1-2T15:4:5.9Z or with +07:00.
bool is_time(std::string_view text) {
  if (!take_digits(text, 4, 4) || !take(text, '-') || !take_digits(text, 1, 2) ||
      !take(text, '-') || !take_digits(text, 1, 2)) {
    return false;
  }
  if (text.empty()) return true;
  const bool zoned = text[0] == 'T' || text[0] == 't';
  if (!zoned && text[0] != ' ') return false;
  text.remove_prefix(1);
  if (!take_digits(text, 1, 2) || !take(text, ':') || !take_digits(text, 1, 2) ||
      !take(text, ':') || !take_digits(text, 1, 2)) {
    return false;
  }
  if (take(text, '.') && !take_digits(text, 1, text.size())) return false;
  if (!zoned) return text.empty();
  if (take(text, 'Z')) return text.empty();
  if (!take(text, '+') && !take(text, '-')) return false;
  return take_digits(text, 2, 2) && take(text, ':') && take_digits(text, 2, 2) && text.empty();
}

// YAML 1.1: 190:20:30 is a number to the base of 60.
bool is_sexagesimal(std::string_view text) {
  if (!take(text, '-')) take(text, '+');
  if (text.empty() || !is_digit(text[0])) return false;
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  if (text.substr(0, colon).find_first_not_of("0123456789_") != std::string_view::npos)
    return false;
  text.remove_prefix(colon);
  while (take(text, ':')) {
    if (!take_digits(text, 1, 2)) return false;
  }
  return text.empty() ||
         (text[0] == '.' && text.find_first_not_of("0123456789_", 1) == std::string_view::npos);
}

// Numbers of YAML 1.1 may hold underscores, be binary, or be octal without an 'o'.
bool is_old_number(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '_');
  if (yaml_core_type(digits) != YamlType::kString) return true;
  std::string_view rest = digits;
  if (!take(rest, '-')) take(rest, '+');
  if (rest.size() < 3 || rest[0] != '0') return false;
  const std::string_view allowed = rest[1] == 'b'   ? "01"
                                   : rest[1] == 'o' ? "01234567"
                                   : rest[1] == 'x' ? "0123456789abcdefABCDEF"
                                                    : "";
  return !allowed.empty() && rest.find_first_not_of(allowed, 2) == std::string_view::npos;
}

// The plain scalar would read as something other than a string.
bool reads_as_other(std::string_view text) {
  if (text.empty()) return true;
  const char c = text[0];
  if (is_digit(c) || c == '-' || c == '+' || c == '.') {
    return is_old_number(text) || is_time(text) || is_sexagesimal(text);
  }
  switch (c) {
    case '~':
    case 't':
    case 'T':
    case 'f':
    case 'F':
      return yaml_core_type(text) != YamlType::kString;
    case 'n':
    case 'N':
    case 'y':
    case 'Y':
    case 'o':
    case 'O':
      return is_old_boolean(text) || yaml_core_type(text) != YamlType::kString;
    case '<':
      return text == "<<";
    default:
      return false;
  }
}

// The code point at the front and its length; {0xFFFD, 1} for what is no UTF-8.
struct CodePoint {
  std::uint32_t value;
  std::size_t size;
};

CodePoint code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  std::uint32_t value = first & (0x7Fu >> size);
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return {0xFFFD, 1};
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {0xFFFD, 1};
    value = value << 6 | (byte(i) & 0x3Fu);
  }
  return {value, size};
}

// What libyaml's writers leave as it is; all else is escaped, so tabs, emoji and the line
// separators of Unicode are.
bool is_printable(std::uint32_t c) {
  return (c >= 0x20 && c <= 0x7E) || (c >= 0xA0 && c <= 0xD7FF && c != 0x2028 && c != 0x2029) ||
         (c >= 0xE000 && c <= 0xFFFC && c != 0xFEFF);
}

bool all_printable(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c < 0x80) [[likely]] {
      if ((c < 0x20 && c != '\n') || c == 0x7F) return false;
      ++i;
      continue;
    }
    const CodePoint point = code_point(text.substr(i));
    if (!is_printable(point.value)) return false;
    i += point.size;
  }
  return true;
}

bool has_indicator(std::string_view text) {
  constexpr std::string_view kFirst = "#,[]{}&*!|>'\"%@`";
  if (kFirst.find(text[0]) != std::string_view::npos) return true;
  if ((text[0] == '-' || text[0] == '?') && (text.size() == 1 || text[1] == ' ')) return true;
  if (text.starts_with("---") || text.starts_with("...")) return true;
  for (std::size_t i = text.find_first_of(":#"); i != std::string_view::npos;
       i = text.find_first_of(":#", i + 1)) {
    if (text[i] == ':' && (i + 1 == text.size() || text[i + 1] == ' ')) return true;
    if (text[i] == '#' && i > 0 && text[i - 1] == ' ') return true;
  }
  return false;
}

void append_escape(std::string& out, std::uint32_t c) {
  constexpr std::string_view kLetters = "0------abtnvfr-------------e";
  const auto to = std::back_inserter(out);
  if (c < kLetters.size() && kLetters[c] != '-') {
    fmt::format_to(to, "\\{}", kLetters[c]);
  } else if (c == 0x85 || c == 0xA0 || c == 0x2028 || c == 0x2029) {
    fmt::format_to(to, "\\{}", c == 0x85 ? 'N' : c == 0xA0 ? '_' : c == 0x2028 ? 'L' : 'P');
  } else if (c <= 0xFF) {
    fmt::format_to(to, "\\x{:02X}", c);
  } else if (c <= 0xFFFF) {
    fmt::format_to(to, "\\u{:04X}", c);
  } else {
    fmt::format_to(to, "\\U{:08X}", c);
  }
}

void append_double_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint point = code_point(text.substr(i));
    if (text[i] == '"' || text[i] == '\\') {
      out += '\\';
      out += text[i];
    } else if (is_printable(point.value)) {
      out += text.substr(i, point.size);
    } else {
      append_escape(out, point.value);
    }
    i += point.size;
  }
  out += '"';
}

}  // namespace

YamlStyle yaml_style(std::string_view text) {
  if (reads_as_other(text) || !all_printable(text)) return YamlStyle::kDoubleQuoted;
  if (text.find('\n') != std::string_view::npos) {
    const bool lost_space = text.back() == ' ' || text.find(" \n") != std::string_view::npos;
    return lost_space ? YamlStyle::kDoubleQuoted : YamlStyle::kLiteral;
  }
  if (text.front() == ' ' || text.back() == ' ' || has_indicator(text)) {
    return YamlStyle::kSingleQuoted;
  }
  return YamlStyle::kPlain;
}

void append_yaml_scalar(std::string& out, std::string_view text, YamlStyle style) {
  if (style == YamlStyle::kPlain) {
    out += text;
  } else if (style == YamlStyle::kSingleQuoted) {
    out += '\'';
    for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
    out += '\'';
  } else {
    append_double_quoted(out, text);
  }
}

void append_yaml_literal(std::string& out, std::string_view text, std::size_t indent) {
  out += '|';
  // Readers take the indentation from the first line, unless they are told.
  if (text[0] == ' ' || text[0] == '\n') out += '2';
  if (!text.ends_with('\n')) {
    out += '-';
  } else if (text.size() == 1 || text[text.size() - 2] == '\n') {
    out += '+';
  }
  if (text.ends_with('\n')) text.remove_suffix(1);
  while (true) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    out += '\n';
    if (end > 0) out.append(indent, ' ');
    out += text.substr(0, end);
    if (end == text.size()) break;
    text.remove_prefix(end + 1);
  }
}

}  // namespace xdscope::json
