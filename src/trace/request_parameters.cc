#include "trace/request_parameters.h"

#include <algorithm>

#include "base/text.h"

namespace xdscope::trace {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                        hex_digit(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::optional<std::string_view> query_parameter(const HttpRequest& request, std::string_view name) {
  std::string_view rest = request.query();
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::size_t equals = part.find('=');
    if (part.substr(0, equals) != name) continue;
    return equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
  }
  return std::nullopt;
}

std::optional<std::string> decoded_query_parameter(const HttpRequest& request,
                                                   std::string_view name) {
  for (const std::string_view part : split(request.query(), '&')) {
    const std::size_t equals = part.find('=');
    if (part.empty() || percent_decoded(part.substr(0, equals)) != name) continue;
    return percent_decoded(equals == part.npos ? "" : part.substr(equals + 1));
  }
  return std::nullopt;
}

void remove_query_parameter(HttpRequest& request, std::string_view name) {
  const std::size_t mark = request.path.find('?');
  if (mark == std::string::npos) return;
  std::string kept;
  for (const std::string_view part : split(request.query(), '&')) {
    if (part.empty() || percent_decoded(part.substr(0, part.find('='))) == name) continue;
    kept += kept.empty() ? '?' : '&';
    kept += part;
  }
  request.path.replace(mark, request.path.size() - mark, kept);
}

std::optional<std::string> cookie(const HttpRequest& request, std::string_view name) {
  for (const Header& header : request.headers) {
    if (header.name != "cookie") continue;
    for (std::string_view part : split(header.value, ';')) {
      while (part.starts_with(' ')) part.remove_prefix(1);
      const std::size_t equals = part.find('=');
      if (equals == std::string_view::npos || part.substr(0, equals) != name) continue;
      std::string_view value = part.substr(equals + 1);
      if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"')) {
        value = value.substr(1, value.size() - 2);
      }
      return std::string(value);
    }
  }
  return std::nullopt;
}

}  // namespace xdscope::trace
