// YAML is read by turning it into JSON: every reader behind it knows one syntax only.
#pragma once

#include <string>
#include <string_view>

#include "base/buffer.h"
#include "xdscope/error.h"

namespace xdscope {

// Deeper nesting than this is refused, as in JSON.
inline constexpr std::size_t kMaxYamlDepth = 1000;

// The JSON of the same content, the documents of `yaml` one after another; empty documents are left
// out. Every key and value stands on the line of the JSON on which it stands in the YAML, so that
// json::position_of gives lines of the YAML (what an alias or a merge key brings stands on or after
// the line of the alias).
//
// Plain scalars follow the core schema of YAML 1.2; keys become their text. Anchors, aliases and
// merge keys (`<<`) are expanded, to at most three times the input or 10 MB. Not accepted, with the
// place in Error::where (`name:line:column`): a key that is a collection, a key written twice in
// one mapping, UTF-16, the line separators U+0085, U+2028 and U+2029 unless escaped, and a document
// that begins with a brace or bracket and has keys without double quotes (broken JSON and Python
// literals would pass for YAML; a `---` before it says that it is).
Result<Buffer> yaml_to_json(std::string_view yaml, const std::string& name);

}  // namespace xdscope
