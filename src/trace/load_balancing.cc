#include "trace/load_balancing.h"

#include <algorithm>
#include <map>

namespace xdscope::trace {
namespace {

using Hosts = std::vector<const Host*>;

std::uint64_t amount(const Hosts& hosts, bool weighted) {
  if (!weighted) return hosts.size();
  std::uint64_t sum = 0;
  for (const Host* host : hosts) sum += host->endpoint->weight;
  return sum;
}

std::uint32_t overprovisioned(std::uint64_t part, std::uint64_t whole, std::uint32_t factor) {
  if (whole == 0) return 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(100, factor * part / whole));
}

std::uint32_t normalized_health(const std::vector<HostSet>& sets) {
  std::uint64_t total = 0;
  for (const HostSet& set : sets) total += set.healthy_percent + set.degraded_percent;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(100, total));
}

// Envoy: excludeBasedOnHealthFlag: hosts that drain, or that no health check has looked at yet.
bool excluded(const Endpoint& endpoint, const BalanceOptions& options) {
  if (endpoint.health == HealthStatus::kDraining) return true;
  if (options.unhealthy_drain && endpoint.health == HealthStatus::kUnhealthy) return true;
  const json::Value health = endpoint.source["health_status"];  // of /clusters: an object
  return health.is_object() && (health["pending_active_hc"].boolean_or(false) ||
                                health["excluded_via_immediate_hc_fail"].boolean_or(false));
}

bool below(const HostSet& set, std::uint32_t threshold) {
  if (set.counted == 0) return threshold > 0;
  const double good = 100.0 * static_cast<double>(set.healthy.size() + set.degraded.size()) /
                      static_cast<double>(set.counted);
  return good < threshold;
}

// Where every priority panics, load goes by the number of hosts.
std::vector<Load> by_host_count(const std::vector<HostSet>& sets) {
  std::size_t count = 0;
  for (const HostSet& set : sets) count += set.all.size();
  std::vector<Load> loads;
  if (count == 0) return loads;
  std::uint32_t left = 100;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (sets[i].all.empty()) continue;
    const auto percent = static_cast<std::uint32_t>(100 * sets[i].all.size() / count);
    loads.push_back({i, percent, false});
    left -= percent;
  }
  loads.front().percent += left;
  std::erase_if(loads, [](const Load& load) { return load.percent == 0; });
  return loads;
}

Hosts with_weight(const Hosts& hosts) {
  Hosts out;
  for (const Host* host : hosts) {
    if (host->locality != nullptr && host->locality->weight.value_or(0) > 0) out.push_back(host);
  }
  return out;
}

}  // namespace

std::vector<HostSet> host_sets(const std::vector<Host>& hosts, const BalanceOptions& options) {
  std::map<std::uint32_t, HostSet> by_priority;
  for (const Host& host : hosts) {
    HostSet& set = by_priority[host.priority];
    set.priority = host.priority;
    set.all.push_back(&host);
    if (host.endpoint->healthy()) set.healthy.push_back(&host);
    if (host.endpoint->health == HealthStatus::kDegraded) set.degraded.push_back(&host);
  }
  std::vector<HostSet> out;
  for (auto& [number, set] : by_priority) {
    Hosts counted = set.all;
    std::erase_if(counted, [&](const Host* host) { return excluded(*host->endpoint, options); });
    set.counted = counted.size();
    const std::uint64_t whole = amount(counted, options.weighted_health);
    const auto percent = [&](const Hosts& part) {
      return overprovisioned(amount(part, options.weighted_health), whole,
                             options.overprovisioning_factor);
    };
    set.healthy_percent = percent(set.healthy);
    set.degraded_percent = percent(set.degraded);
    out.push_back(std::move(set));
  }
  return out;
}

std::vector<Load> spread(std::vector<HostSet>& sets, std::uint32_t panic_threshold) {
  const std::uint32_t normalized = normalized_health(sets);
  bool all_panic = true;
  for (HostSet& set : sets) {
    set.panic = normalized != 100 && below(set, panic_threshold);
    all_panic = all_panic && set.panic;
  }
  if (all_panic) return by_host_count(sets);
  // Without panic and without health the first priority gets everything, and has nobody to serve
  // it.
  if (normalized == 0) return {{0, 100, false}};
  std::vector<Load> loads;
  std::uint32_t left = 100;
  for (const bool degraded : {false, true}) {
    for (std::size_t i = 0; i < sets.size(); ++i) {
      const std::uint32_t own = degraded ? sets[i].degraded_percent : sets[i].healthy_percent;
      const std::uint32_t load = std::min(left, own * 100 / normalized);
      if (load == 0) continue;
      left -= load;
      loads.push_back({i, load, degraded});
    }
  }
  // Integer division leaves a rest; the first priority with load takes it.
  loads.front().percent += left;
  return loads;
}

Hosts serving(const HostSet& set, bool degraded, const BalanceOptions& options) {
  if (options.hashing) {
    // The table holds the healthy hosts, whatever is asked for, and nothing else makes up for it.
    const Hosts& hosts = set.panic ? set.all : set.healthy;
    return options.locality_weighted ? with_weight(hosts) : hosts;
  }
  if (set.panic) return options.fail_traffic_on_panic ? Hosts() : set.all;
  const Hosts& hosts = degraded ? set.degraded : set.healthy;
  if (!options.locality_weighted) return hosts;
  // Localities without weight get nothing, unless no other has such hosts.
  Hosts weighted = with_weight(hosts);
  return weighted.empty() ? hosts : weighted;
}

double Balance::no_host_share() const {
  if (loads.empty()) return 1;
  std::uint32_t none = 0;
  std::uint32_t total = 0;
  for (const PriorityLoad& load : loads) {
    total += load.percent;
    if (load.hosts.empty()) none += load.percent;
  }
  return total == 0 ? 1 : static_cast<double>(none) / total;
}

Balance balance(const std::vector<Host>& hosts, const BalanceOptions& options) {
  Balance out;
  if (hosts.empty()) return out;
  std::vector<HostSet> sets = host_sets(hosts, options);
  for (const Load& load : spread(sets, options.panic_threshold)) {
    const HostSet& set = sets[load.set];
    out.loads.push_back({set.priority, load.percent, load.degraded, set.panic,
                         serving(set, load.degraded, options)});
  }
  return out;
}

}  // namespace xdscope::trace
