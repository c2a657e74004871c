// How a string is written in YAML so that every reader, of YAML 1.1 or 1.2, reads the same string.
#pragma once

#include <string>
#include <string_view>

namespace xdscope::json {

enum class YamlStyle { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral };

// The style for a string in block context, chosen as kubectl and istioctl choose it: plain where it
// reads as that string, in double quotes where it would read as a number, a boolean, null or a
// time, literal (`|`) where it has several lines, in single quotes for YAML's own characters, and
// in double quotes for what no other style can hold.
YamlStyle yaml_style(std::string_view text);

// In the style given, which must not be kLiteral. Bytes that are no UTF-8 become U+FFFD.
void append_yaml_scalar(std::string& out, std::string_view text, YamlStyle style);

// The header and the lines of a literal, each line with `indent` spaces before it.
void append_yaml_literal(std::string& out, std::string_view text, std::size_t indent);

}  // namespace xdscope::json
