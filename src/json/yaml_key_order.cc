#include <algorithm>
#include <cctype>

#include "json/yaml_writer.h"

namespace xdscope::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Marks, then digits, then letters. Bytes outside ASCII count as letters.
int rank(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x80 || std::isalpha(byte) != 0) return 2;
  return is_digit(c) ? 1 : 0;
}

std::string_view digits_from(std::string_view text, std::size_t begin) {
  const std::size_t end = text.find_first_not_of("0123456789", begin);
  return text.substr(begin, std::min(end, text.size()) - begin);
}

bool number_less(std::string_view a, std::string_view b) {
  const std::string_view value_a = a.substr(std::min(a.find_first_not_of('0'), a.size()));
  const std::string_view value_b = b.substr(std::min(b.find_first_not_of('0'), b.size()));
  if (value_a.size() != value_b.size()) return value_a.size() < value_b.size();
  if (value_a != value_b) return value_a < value_b;
  return a.size() < b.size();
}

}  // namespace

bool yaml_key_less(std::string_view a, std::string_view b) {
  const auto differ = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto at = static_cast<std::size_t>(differ.first - a.begin());
  if (at == a.size() || at == b.size()) return a.size() < b.size();

  std::size_t number = at;
  while (number > 0 && is_digit(a[number - 1])) --number;
  const std::string_view number_a = digits_from(a, number);
  const std::string_view number_b = digits_from(b, number);
  if (!number_a.empty() && !number_b.empty() && number_a != number_b) {
    return number_less(number_a, number_b);
  }
  if (rank(a[at]) != rank(b[at])) return rank(a[at]) < rank(b[at]);
  return static_cast<unsigned char>(a[at]) < static_cast<unsigned char>(b[at]);
}

}  // namespace xdscope::json
