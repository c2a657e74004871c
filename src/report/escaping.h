// Text of a dump inside documents: nothing in it speaks to a terminal or adds markup of its own.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

namespace xdscope::report {

// The text, printable and escaped for elements and attributes in double quotes. XML 1.0 has no
// place for most control characters, however they are written.
std::string xml_text(std::string_view text);

// Markdown (GitHub's) that shows the printable text, in a table's cell, too.
std::string markdown_text(std::string_view text);
// The printable text as Markdown code, outside tables.
std::string markdown_code(std::string_view text);

// A JSON string with its quotes: control characters (as printable() has them) are escaped, broken
// UTF-8 is replaced by U+FFFD.
void append_json_string(std::string& out, std::string_view text);
// An indented document with a line break at its end; its strings as above.
std::string json_document(const nlohmann::ordered_json& document);

}  // namespace xdscope::report
