// How a cluster balances load: the old fields of a cluster, or load_balancing_policy, which
// overrides them (envoy: source/common/upstream/upstream_impl.cc,
// extensions/load_balancing_policies).
#pragma once

#include <string>

#include "trace/load_balancing.h"
#include "trace/runtime.h"

namespace xdscope::trace {

struct LbPolicy {
  BalanceOptions options;
  json::Value subsets;  // lb_subset_config, or the Subset policy, which has the same fields
  std::string unknown;  // a policy that is not evaluated
};

// `assignment` may be nullptr.
LbPolicy decode_lb_policy(const Cluster& cluster, const LoadAssignment* assignment,
                          const Runtime& runtime);

}  // namespace xdscope::trace
