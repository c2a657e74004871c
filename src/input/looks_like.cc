#include "input/looks_like.h"

#include <algorithm>

namespace xdscope {
namespace {

std::string_view skip_space(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

bool begins_scalar(std::string_view text) {
  if (text[0] == '"' || text[0] == '-' || (text[0] >= '0' && text[0] <= '9')) return true;
  return text.starts_with("true") || text.starts_with("false") || text.starts_with("null");
}

}  // namespace

bool looks_like_json(std::string_view text) {
  constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
  if (text.starts_with(kUtf8Mark)) text.remove_prefix(kUtf8Mark.size());
  text = skip_space(text);
  if (text.empty() || (text[0] != '{' && text[0] != '[')) return false;
  while (!text.empty() && text[0] == '[') text = skip_space(text.substr(1));
  if (text.empty() || text[0] == ']') return true;
  if (text[0] != '{') return begins_scalar(text);
  text = skip_space(text.substr(1));
  return text.empty() || text[0] == '"' || text[0] == '}';
}

}  // namespace xdscope
