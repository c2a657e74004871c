// What a plain YAML scalar means: the core schema of YAML 1.2 (section 10.3.2).
#pragma once

#include <string>
#include <string_view>

namespace xdscope {

enum class YamlType { kNull, kBool, kInteger, kFloat, kString };

// `text` is the scalar without its indentation; the empty scalar is null. So `yes`, `on` and
// `1_000` are strings, `012` is twelve and `0o14` too. Octal and hexadecimal numbers beyond 64 bits
// are strings.
YamlType yaml_core_type(std::string_view text);

// The JSON of a scalar of that type: decimal digits as written, without a leading '+' or zeros.
// Infinities and NaN are strings, as in the proto3 JSON mapping. Not for kString.
std::string yaml_core_json(YamlType type, std::string_view text);

}  // namespace xdscope
