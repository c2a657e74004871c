// How a request ends in the connection manager: an answer of Envoy's own, or the upstream.
#pragma once

#include <string>

#include "trace/run.h"

namespace xdscope::trace {

// One connection manager handling one request.
struct HttpContext {
  Run& run;
  const HttpPlan& plan;
  const RouteTable* table = nullptr;  // nullptr: there is no route configuration
  std::string missing = {};           // why
  bool upstream_told = false;         // of the first way that leads there
};

// The outcome of an answer that Envoy gives itself: with its local reply configuration applied.
void send_reply(const HttpContext& context, const HttpRequest& request, const RouteOutcome& route,
                const Path& path, FilterReply answer);

// The router filter, the last of `list` (http_router.cc).
void run_router(HttpContext& context, const FilterList& list, const HttpRequest& request,
                const RouteOutcome& route, const Path& path);

// The outcome as far as the route names it.
Outcome outcome_of(const HttpContext& context, const RouteOutcome& route, const Path& path);

}  // namespace xdscope::trace
