// Locations and rewritten paths (envoy: Http::Utility::newUri,
// RouteEntryImplBase::finalizePathHeader).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "trace/header_format.h"
#include "trace/matchers.h"
#include "trace/request.h"
#include "xdscope/model/route.h"

namespace xdscope::trace {

// scheme://host/path of a redirect, after its own rewriting of the path. `regex` is that of its
// regex_rewrite, compiled. Nothing where only the running proxy knows.
std::optional<std::string> redirect_location(const Route& route, const HttpRequest& request,
                                             const Regex& regex);
// The request's own URI: the Location of a direct response with 201 or 3xx.
std::string request_uri(const HttpRequest& request);

// :path after prefix_rewrite, regex_rewrite, path_rewrite_policy or path_rewrite; unchanged where
// there is none, nothing where only the running proxy knows.
std::optional<std::string> rewritten_path(const Route& route, const HttpRequest& request,
                                          const StreamFacts& facts = {});

}  // namespace xdscope::trace
