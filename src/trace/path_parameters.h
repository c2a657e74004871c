// Path parameters: what stands behind a ';' in a segment of a path. Releases of 2026-08-26
// (1.36.10, 1.37.6, 1.38.4, 1.39.1) and later handle them segment by segment (CVE-2026-73511,
// -73551, -73553).
#pragma once

#include <string>
#include <string_view>

#include "trace/runtime.h"
#include "trace/verdict.h"
#include "xdscope/snapshot.h"

namespace xdscope::trace {

// Whether this Envoy has the newer behaviour; `guard` is the runtime key that switches it off:
// "strip_path_parameters_per_segment", "strip_dotdot_segments_with_parameters",
// "rbac_respect_ignore_path_parameters". kUnknown for an unknown version.
Verdict path_parameters_by_segment(Version envoy, const Runtime* runtime, std::string_view guard);

// The path, up to its query, without the parameters: of every segment, or all from the first ';'
// on.
std::string without_parameters_by_segment(std::string_view path);
std::string_view without_parameters_from_first(std::string_view path);

}  // namespace xdscope::trace
