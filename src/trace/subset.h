// Load balancing by subsets of a cluster's hosts (envoy: Cluster.lb_subset_config).
#pragma once

#include <string>
#include <vector>

#include "trace/load_balancing.h"

namespace xdscope::trace {

struct SubsetChoice {
  std::vector<Host> hosts;
  std::string why;  // which subset, or why none
  // panic_mode_any: requests that find no host in it get any host of the cluster.
  bool else_any = false;
  std::string unknown;  // an option that is not evaluated
};

// The hosts that the criteria (the "envoy.lb" of the route's and the weighted cluster's
// metadata_match) select. `config` has selectors.
SubsetChoice choose_subset(json::Value config, const std::vector<Host>& hosts,
                           json::Value route_metadata, json::Value entry_metadata);

}  // namespace xdscope::trace
