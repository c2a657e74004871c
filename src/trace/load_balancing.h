// Which hosts of a cluster get traffic: priorities, health and panic
// (envoy: source/extensions/load_balancing_policies/common/load_balancer_impl.cc).
#pragma once

#include <cstdint>
#include <vector>

#include "xdscope/model/cluster.h"

namespace xdscope::trace {

struct Host {
  const Endpoint* endpoint = nullptr;
  const LocalityEndpoints* locality = nullptr;
  std::uint32_t priority = 0;
};

struct BalanceOptions {
  double panic_threshold = 50;  // percent; 0: no panic
  bool fail_traffic_on_panic = false;
  std::uint32_t overprovisioning_factor = 140;
  bool locality_weighted = false;
};

// What one priority gets, and who serves it.
struct PriorityLoad {
  std::uint32_t priority = 0;
  std::uint32_t percent = 0;       // of all traffic
  bool degraded = false;           // served by its degraded hosts
  bool panic = false;              // health is ignored
  std::vector<const Host*> hosts;  // empty: these requests find no host
};

struct Balance {
  std::vector<PriorityLoad> loads;  // those with traffic; empty where there is no host at all
  // The share of requests that find no host, 0 to 1.
  double no_host_share() const;
};

Balance balance(const std::vector<Host>& hosts, const BalanceOptions& options);

}  // namespace xdscope::trace
