// Which hosts of a cluster get traffic: priorities, health and panic
// (envoy: source/extensions/load_balancing_policies/common/load_balancer_impl.cc).
#pragma once

#include <cstddef>
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
  std::uint32_t panic_threshold = 50;  // percent; 0: no panic
  bool fail_traffic_on_panic = false;
  std::uint32_t overprovisioning_factor = 140;
  bool locality_weighted = false;
  bool weighted_health = false;  // the health of a priority is that of its hosts' weights
  // EndpointsConfigDump says UNHEALTHY of draining hosts, too, which do not count. True: take all
  // that are unhealthy for draining ones.
  bool unhealthy_drain = false;
  // Ring hash and Maglev: hosts are chosen from a table of the healthy ones.
  bool hashing = false;
};

// The hosts of one priority.
struct HostSet {
  std::uint32_t priority = 0;
  std::vector<const Host*> all;
  std::vector<const Host*> healthy;
  std::vector<const Host*> degraded;
  std::size_t counted = 0;            // all but those excluded from the health of the priority
  std::uint32_t healthy_percent = 0;  // overprovisioned, at most 100
  std::uint32_t degraded_percent = 0;
  bool panic = false;  // health is ignored
};
// By priority, panic not yet decided. The hosts must outlive them.
std::vector<HostSet> host_sets(const std::vector<Host>& hosts, const BalanceOptions& options);

// A part of the traffic, in percent, for one of the sets.
struct Load {
  std::size_t set = 0;
  std::uint32_t percent = 0;
  bool degraded = false;
};
// How the traffic is spread over the sets, and which of them panic.
std::vector<Load> spread(std::vector<HostSet>& sets, std::uint32_t panic_threshold);
// The hosts that serve what comes to a set; empty where these requests find none.
std::vector<const Host*> serving(const HostSet& set, bool degraded, const BalanceOptions& options);

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
