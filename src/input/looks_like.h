// Which syntax bytes are written in, told by their beginning.
#pragma once

#include <string_view>

namespace xdscope {

// Whether the text begins as JSON objects and arrays do: after a byte order mark and spaces, a
// brace followed by a double-quoted key or its closing brace, or a bracket followed by what may
// begin a JSON value. Such text is read as JSON, and its errors are JSON's: reading broken or cut
// off JSON as YAML instead would at best hide what is wrong with it. A text cut off right behind
// its first brackets is JSON, too.
//
// All else is YAML: block style begins with a key, '-', '#', '%' or "---". `{a: 1}` and Python's
// `{'a': 1}` are no JSON, and yaml_to_json refuses both with an explanation.
bool looks_like_json(std::string_view text);

}  // namespace xdscope
