// Load balancing by subsets of a cluster's hosts (envoy: Cluster.lb_subset_config).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "trace/load_balancing.h"

namespace xdscope::trace {

struct SubsetChoice {
  std::vector<Host> hosts;
  std::string why;  // which subset, or why none
};

// The hosts that the criteria (the "envoy.lb" of the route's and the weighted cluster's
// metadata_match) select; nothing where the cluster has no subsets and all hosts serve.
std::optional<SubsetChoice> choose_subset(const Cluster& cluster, const std::vector<Host>& hosts,
                                          json::Value route_metadata, json::Value entry_metadata);

}  // namespace xdscope::trace
