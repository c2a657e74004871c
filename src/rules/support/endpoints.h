// The members of clusters, read in place: rules look at thousands of clusters.
#pragma once

#include <string_view>
#include <unordered_map>

#include "rules/context.h"

namespace xdscope::rules {

struct Hosts {
  bool known = false;  // whether the input says which members there are
  std::size_t all = 0;
  std::size_t usable = 0;  // neither unhealthy nor draining nor ejected
};

class EndpointTable {
 public:
  explicit EndpointTable(const RuleContext& context);
  // Clusters without members by design (ORIGINAL_DST, custom types) are not known.
  Hosts hosts_of(const Resource& cluster) const;

 private:
  json::Value assignment_of(const Resource& cluster) const;

  std::unordered_map<std::string_view, json::Value> assignments_;
  std::unordered_map<std::string_view, json::Value> statuses_;
};

// Whether Envoy sends to unhealthy hosts when too many are: Cluster.common_lb_config
// .healthy_panic_threshold, 50 % unless set; Istio sets 0.
bool may_panic(json::Value cluster);

}  // namespace xdscope::rules
