// The HTTP half of a trace in words.
#pragma once

#include <string>

#include "trace/run.h"

namespace xdscope::trace {

Step manager_step(const HttpPlan& plan, const HttpRequest& request, const std::string& path_before,
                  const std::string& host_before);
// `missing`: why there is no table; `by`: what chose it among several.
Step route_config_step(const HttpPlan& plan, const RouteTable* table, const std::string& missing,
                       const std::string& by);
// The steps kVirtualHost and kRoute.
void add_route_steps(Run& run, const RouteTable& table, const HttpRequest& request,
                     const RouteDecision& decision);
void add_filter_step(Run& run, const InstalledFilter& filter, const HttpRequest& request,
                     const FilterVerdict& verdict);

// What differs between the request as it was routed and as the upstream sees it, at the last step
// kRoute: filters have had their say by then. `share`: of the requests, where others see something
// else.
void note_upstream(Run& run, const ForwardDetails& forward, double share);

// "route 2 'canary'", "route 3" for one without a name; positions count from 0, as JSON pointers
// do.
std::string route_label(const VirtualHost* virtual_host, const Route& route);

}  // namespace xdscope::trace
