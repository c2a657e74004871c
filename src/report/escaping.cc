#include "report/xml.h"

#include <string>
#include <utility>

#include "base/text.h"

namespace xdscope::report {

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

}  // namespace xdscope::report
