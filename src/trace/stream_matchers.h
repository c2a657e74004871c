// Route matchers on what is known of the stream rather than of the request: the client's
// certificate, dynamic metadata, filter state
// (envoy: source/common/matcher, source/common/common/matchers.cc).
#pragma once

#include <string>

#include "trace/route_table.h"

namespace xdscope::trace {

// RouteMatch.tls_context.
Verdict match_tls_context(json::Value criteria, const ResolveOptions& options);
// One envoy.type.matcher.v3.MetadataMatcher; unknown where no metadata is given.
Verdict match_dynamic_metadata(json::Value matcher, const ResolveOptions& options);
// One envoy.type.matcher.v3.FilterStateMatcher.
Verdict match_filter_state(json::Value matcher, const ResolveOptions& options);

}  // namespace xdscope::trace
