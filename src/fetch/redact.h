// Dumps made fit to be shown to others.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "base/buffer.h"
#include "xdscope/error.h"

namespace xdscope::fetch {

// How many values were taken out, by the field that held them.
using Redactions = std::map<std::string, std::size_t>;

// A copy of an admin reply without: secrets and private keys, as Envoy marks them (what Envoy has
// redacted already counts, too); certificates' bodies; passwords, tokens and the values of headers
// that carry credentials; in node metadata every value that Istio does not set by itself, because
// it comes from the environment, and all annotations. Names, structure and order stay. Fails where
// the text is no JSON.
Result<Buffer> redact(Buffer reply, const std::string& name, Redactions& redactions);

}  // namespace xdscope::fetch
