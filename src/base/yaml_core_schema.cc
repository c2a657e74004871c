#include "base/yaml_core_schema.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace xdscope {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_octal(char c) { return c >= '0' && c <= '7'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool one_of(std::string_view text, std::string_view a, std::string_view b, std::string_view c) {
  return text == a || text == b || text == c;
}

std::string_view without_sign(std::string_view text) {
  return !text.empty() && (text[0] == '-' || text[0] == '+') ? text.substr(1) : text;
}

bool is_null(std::string_view text) {
  return text.empty() || text == "~" || one_of(text, "null", "Null", "NULL");
}
bool is_true(std::string_view text) { return one_of(text, "true", "True", "TRUE"); }
bool is_false(std::string_view text) { return one_of(text, "false", "False", "FALSE"); }
bool is_infinity(std::string_view text) {
  return one_of(without_sign(text), ".inf", ".Inf", ".INF");
}
bool is_nan(std::string_view text) { return one_of(text, ".nan", ".NaN", ".NAN"); }

bool has_radix(std::string_view text) {
  return text.size() > 2 && text[0] == '0' && (text[1] == 'o' || text[1] == 'x');
}

// The value of 0o17 or 0x1F; false where it is none or needs more than 64 bits.
bool read_radix(std::string_view text, std::uint64_t& value) {
  if (!has_radix(text)) return false;
  const bool octal = text[1] == 'o';
  const std::string_view digits = text.substr(2);
  if (!std::all_of(digits.begin(), digits.end(), octal ? is_octal : is_hex)) return false;
  const auto read =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, octal ? 8 : 16);
  return read.ec == std::errc();
}

std::size_t count_digits(std::string_view text, std::size_t from) {
  std::size_t end = from;
  while (end < text.size() && is_digit(text[end])) ++end;
  return end - from;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
YamlType decimal_type(std::string_view text) {
  text = without_sign(text);
  const std::size_t whole = count_digits(text, 0);
  std::size_t at = whole;
  if (whole > 0 && at == text.size()) return YamlType::kInteger;
  if (at < text.size() && text[at] == '.') {
    const std::size_t fraction = count_digits(text, at + 1);
    if (whole == 0 && fraction == 0) return YamlType::kString;
    at += 1 + fraction;
  } else if (whole == 0) {
    return YamlType::kString;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = count_digits(text, at);
    if (exponent == 0) return YamlType::kString;
    at += exponent;
  }
  return at == text.size() ? YamlType::kFloat : YamlType::kString;
}

// JSON wants exactly one zero or none before the point, and digits on both sides of it.
std::string decimal_json(std::string_view text) {
  std::string json = text[0] == '-' ? "-" : "";
  text = without_sign(text);
  const std::size_t whole = count_digits(text, 0);
  const std::size_t zeros = std::min(text.find_first_not_of('0'), whole);
  json += zeros == whole ? "0" : text.substr(zeros, whole - zeros);
  text.remove_prefix(whole);
  if (!text.empty() && text[0] == '.') {
    const std::size_t fraction = count_digits(text, 1);
    json += '.';
    json += fraction == 0 ? "0" : text.substr(1, fraction);
    text.remove_prefix(1 + fraction);
  }
  return json.append(text);
}

constexpr std::array<bool, 256> kMayBeOther = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("0123456789+-.~nNtTfF")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

}  // namespace

YamlType yaml_core_type(std::string_view text) {
  if (text.empty()) return YamlType::kNull;
  if (!kMayBeOther[static_cast<unsigned char>(text[0])]) return YamlType::kString;
  if (is_null(text)) return YamlType::kNull;
  if (is_true(text) || is_false(text)) return YamlType::kBool;
  if (is_infinity(text) || is_nan(text)) return YamlType::kFloat;
  if (std::uint64_t value = 0; read_radix(text, value)) return YamlType::kInteger;
  return decimal_type(text);
}

std::string yaml_core_json(YamlType type, std::string_view text) {
  switch (type) {
    case YamlType::kNull:
      return "null";
    case YamlType::kBool:
      return is_true(text) ? "true" : "false";
    case YamlType::kInteger:
      if (std::uint64_t value = 0; read_radix(text, value)) return std::to_string(value);
      return decimal_json(text);
    case YamlType::kFloat:
      if (is_nan(text)) return "\"NaN\"";
      if (is_infinity(text)) return text[0] == '-' ? "\"-Infinity\"" : "\"Infinity\"";
      return decimal_json(text);
    case YamlType::kString:
      break;
  }
  return std::string(text);
}

}  // namespace xdscope
