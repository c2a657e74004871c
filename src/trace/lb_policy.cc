#include "trace/lb_policy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace xdscope::trace {
namespace {

constexpr int kMaxNesting = 4;

void read_locality(json::Value config, LbPolicy& policy) {
  policy.options.locality_weighted = static_cast<bool>(config["locality_weighted_lb_config"]);
  policy.options.fail_traffic_on_panic =
      config["zone_aware_lb_config"]["fail_traffic_on_panic"].boolean_or(false);
}

// Envoy takes the first policy of the list that it knows: it has all that are named here.
json::Value first_of(json::Value policies) {
  for (const json::Value policy : policies["policies"].elements()) {
    return policy["typed_extension_config"];
  }
  return {};
}

void read_extension(json::Value policies, LbPolicy& policy, int depth) {
  const Extension chosen = decode_extension(first_of(policies));
  const std::string_view type = chosen.type_name();
  const json::Value config = chosen.config;
  if (type == "RoundRobin" || type == "LeastRequest" || type == "Random" ||
      type == "ClientSideWeightedRoundRobin") {
    read_locality(config["locality_lb_config"], policy);
  } else if (type == "RingHash" || type == "Maglev") {
    policy.options.hashing = true;
    read_locality(config, policy);
  } else if (type == "Subset" && depth < kMaxNesting) {
    policy.subsets = config;
    read_extension(config["subset_lb_policy"], policy, depth + 1);
  } else if (type == "OverrideHost" && depth < kMaxNesting) {
    read_extension(config["fallback_policy"], policy, depth + 1);
  } else if (type == "WrrLocality" && depth < kMaxNesting) {
    read_extension(config["endpoint_picking_policy"], policy, depth + 1);
    policy.options.locality_weighted = true;
  } else if (type != "ClusterProvided") {
    policy.unknown =
        fmt::format("the load balancing policy {} is not evaluated", printable(chosen.name));
  }
}

}  // namespace

LbPolicy decode_lb_policy(const Cluster& cluster, const LoadAssignment* assignment,
                          const Runtime& runtime) {
  LbPolicy policy;
  if (const json::Value policies = cluster.source["load_balancing_policy"];
      !policies["policies"].empty()) {
    read_extension(policies, policy, 0);
  } else {
    read_locality(cluster.source["common_lb_config"], policy);
    policy.options.hashing = cluster.lb_policy == "RING_HASH" || cluster.lb_policy == "MAGLEV";
    policy.subsets = cluster.lb_subset_config;
  }
  // Subsets drop the weights of localities unless they are told to be aware of them.
  if (!policy.subsets["subset_selectors"].empty() &&
      !policy.subsets["locality_weight_aware"].boolean_or(false)) {
    policy.options.locality_weighted = false;
  }
  const double threshold = std::clamp(cluster.healthy_panic_threshold, 0.0, 100.0);
  policy.options.panic_threshold = static_cast<std::uint32_t>(std::min<std::uint64_t>(
      100, runtime.integer("upstream.healthy_panic_threshold")
               .value_or(static_cast<std::uint64_t>(std::lround(threshold)))));
  if (assignment != nullptr) {
    policy.options.overprovisioning_factor = assignment->overprovisioning_factor;
    // EndpointsConfigDump leaves it out; the cluster's own assignment has it.
    for (const json::Value source : {assignment->source, cluster.load_assignment}) {
      policy.options.weighted_health =
          policy.options.weighted_health ||
          source["policy"]["weighted_priority_health"].boolean_or(false);
    }
  }
  return policy;
}

}  // namespace xdscope::trace
