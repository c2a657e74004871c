#include "trace/load_balancing.h"

#include <algorithm>
#include <map>

namespace xdscope::trace {
namespace {

struct Priority {
  std::uint32_t priority = 0;
  std::vector<const Host*> all;
  std::vector<const Host*> healthy;
  std::vector<const Host*> degraded;
  std::uint32_t healthy_percent = 0;  // overprovisioned, at most 100
  std::uint32_t degraded_percent = 0;
  bool panic = false;
};

std::uint32_t overprovisioned(std::size_t part, std::size_t whole, std::uint32_t factor) {
  if (whole == 0) return 0;
  return static_cast<std::uint32_t>(std::min<std::size_t>(100, factor * part / whole));
}

std::vector<Priority> group(const std::vector<Host>& hosts, std::uint32_t factor) {
  std::map<std::uint32_t, Priority> by_priority;
  for (const Host& host : hosts) {
    Priority& priority = by_priority[host.priority];
    priority.priority = host.priority;
    priority.all.push_back(&host);
    if (host.endpoint->healthy()) priority.healthy.push_back(&host);
    if (host.endpoint->health == HealthStatus::kDegraded) priority.degraded.push_back(&host);
  }
  std::vector<Priority> out;
  for (auto& [number, priority] : by_priority) {
    priority.healthy_percent =
        overprovisioned(priority.healthy.size(), priority.all.size(), factor);
    priority.degraded_percent =
        overprovisioned(priority.degraded.size(), priority.all.size(), factor);
    out.push_back(std::move(priority));
  }
  return out;
}

void find_panic(std::vector<Priority>& priorities, std::uint32_t normalized, double threshold) {
  if (normalized == 100) return;
  for (Priority& priority : priorities) {
    if (priority.all.empty()) continue;
    const double good = 100.0 *
                        static_cast<double>(priority.healthy.size() + priority.degraded.size()) /
                        static_cast<double>(priority.all.size());
    priority.panic = good < threshold;
  }
}

// With locality weights, hosts of localities without weight get nothing.
std::vector<const Host*> weighted_only(const std::vector<const Host*>& hosts, bool weighted) {
  if (!weighted) return hosts;
  std::vector<const Host*> out;
  for (const Host* host : hosts) {
    if (host->locality != nullptr && host->locality->weight.value_or(0) > 0) out.push_back(host);
  }
  return out;
}

PriorityLoad serve(const Priority& priority, std::uint32_t percent, bool degraded,
                   const BalanceOptions& options) {
  PriorityLoad load{priority.priority, percent, degraded, priority.panic, {}};
  if (priority.panic) {
    if (!options.fail_traffic_on_panic) load.hosts = priority.all;
  } else {
    load.hosts =
        weighted_only(degraded ? priority.degraded : priority.healthy, options.locality_weighted);
  }
  return load;
}

}  // namespace

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
  std::vector<Priority> priorities = group(hosts, options.overprovisioning_factor);
  std::uint32_t total = 0;
  for (const Priority& p : priorities) total += p.healthy_percent + p.degraded_percent;
  const std::uint32_t normalized = std::min(100u, total);
  find_panic(priorities, normalized, options.panic_threshold);

  if (normalized == 0) {
    // Everything is down: by host count where all panic, else the first priority alone.
    const bool all_panic = std::all_of(priorities.begin(), priorities.end(),
                                       [](const Priority& p) { return p.panic; });
    for (const Priority& p : priorities) {
      const auto percent = static_cast<std::uint32_t>(100 * p.all.size() / hosts.size());
      if (all_panic) out.loads.push_back(serve(p, std::max(1u, percent), false, options));
    }
    if (!all_panic) out.loads.push_back(serve(priorities.front(), 100, false, options));
    return out;
  }
  std::uint32_t left = 100;
  for (const bool degraded : {false, true}) {
    for (const Priority& p : priorities) {
      const std::uint32_t own = degraded ? p.degraded_percent : p.healthy_percent;
      const std::uint32_t load = std::min(left, own * 100 / normalized);
      if (load == 0) continue;
      left -= load;
      out.loads.push_back(serve(p, load, degraded, options));
    }
  }
  // Integer division leaves a rest; the first priority with load takes it.
  if (!out.loads.empty()) out.loads.front().percent += left;
  return out;
}

}  // namespace xdscope::trace
