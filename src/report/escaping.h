// Text for XML documents.
#pragma once

#include <string>
#include <string_view>

namespace xdscope::report {

// The text, printable and escaped for elements and attributes in double quotes. XML 1.0 has no
// place for most control characters, however they are written.
std::string xml_text(std::string_view text);

}  // namespace xdscope::report
