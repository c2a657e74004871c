#include "report/escaping.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace xdscope::report {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x7F; });
}

// What stands in a JSON string besides ASCII.
void append_beyond_ascii(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto [c, length] = code_point_at(text, i);
    if (c >= 0x7F && is_control(c)) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    } else if (c == 0xFFFD) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(i, length);
    }
    i += length;
  }
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  // The two characters that XML 1.0 leaves out besides those that printable() does.
  for (const auto& [character, shown] :
       {std::pair{"\xEF\xBF\xBE", "\\ufffe"}, {"\xEF\xBF\xBF", "\\uffff"}}) {
    for (std::size_t at = 0; (at = out.find(character, at)) != std::string::npos;) {
      out.replace(at, 3, shown);
    }
  }
  return out;
}

std::string markdown_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (std::string_view("|*_`<>[]\\&").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_code(std::string_view text) {
  const std::string shown = printable(text);
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : shown) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  const bool padded = shown.empty() || shown.starts_with('`') || shown.ends_with('`');
  return fence + (padded ? " " + shown + " " : shown) + fence;
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    const auto c = i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    if (i < text.size() && c >= 0x20 && c != '"' && c != '\\') continue;
    const std::string_view part = text.substr(plain, i - plain);
    if (is_ascii(part)) {
      out += part;
    } else {
      append_beyond_ascii(out, part);
    }
    plain = i + 1;
    if (i == text.size()) break;
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
    }
  }
  out += '"';
}

std::string json_document(const nlohmann::ordered_json& document) {
  const std::string text =
      document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string out;
  out.reserve(text.size() + 1);
  // Beyond ASCII there is nothing outside strings.
  append_beyond_ascii(out, text);
  return out + "\n";
}

}  // namespace xdscope::report
