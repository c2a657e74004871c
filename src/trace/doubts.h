// What a dump cannot tell because parts of it are missing or broken.
#pragma once

#include <string>

#include "trace/run.h"

namespace xdscope::trace {

// Why a resource that is not found in the section may exist all the same.
std::string not_complete(const Snapshot& snapshot, Section section);

// Envoy cannot hold a resource of which a field is of a wrong type: the dump says something else
// than the proxy does. Takes the certainty of the outcomes that rest on such resources.
void doubt_broken(Run& run);

}  // namespace xdscope::trace
