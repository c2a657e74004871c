// Aggregate clusters (envoy: source/extensions/clusters/aggregate).
#include <fmt/format.h>

#include <map>
#include <utility>

#include "trace/cluster_ends.h"
#include "trace/cluster_stage.h"

namespace xdscope::trace {

// The priorities of its members, one after another, as one cluster's; within a priority the member
// balances (envoy: source/extensions/clusters/aggregate).
std::vector<ClusterEnd> ClusterStage::aggregate(const Plan& plan, const ClusterQuery& query,
                                                bool drain) {
  std::vector<HostSet> sets;
  std::vector<std::pair<const Plan*, std::size_t>> owners;
  std::map<const Plan*, std::vector<HostSet>> own_sets;
  std::uint32_t health = 0;
  std::string unknown;
  for (const json::Value name : plan.cluster->custom_type.config["clusters"].elements()) {
    const Plan& member = this->plan(name.text());
    if (member.cluster == nullptr) {
      if (!member.ends.front().unknown.empty()) unknown = member.ends.front().unknown;
      continue;
    }
    if (own_sets.contains(&member)) continue;
    if (!member.members.known()) {
      // What the members before it take entirely does not get here.
      if (health >= 100) break;
      std::vector<ClusterEnd> ends{
          forward(nullptr, fmt::format("the endpoints of its member cluster {} are not in the dump",
                                       member.cluster->name))};
      ends.back().unknown = unknown;
      return ends;
    }
    std::vector<HostSet> own = host_sets(
        member.hosts, with_drain(member.policy.options, drain && may_drain(member.members)));
    spread(own, member.policy.options.panic_threshold);
    for (std::size_t i = 0; i < own.size(); ++i) {
      health += own[i].healthy_percent + own[i].degraded_percent;
      sets.push_back(own[i]);
      owners.emplace_back(&member, i);
    }
    own_sets[&member] = std::move(own);
  }
  std::vector<ClusterEnd> ends;
  if (sets.empty()) {
    ends.push_back(
        refused("UH", "no_healthy_upstream", "none of the clusters in it has an endpoint"));
  }
  for (const Load& load : spread(sets, plan.policy.options.panic_threshold)) {
    const auto& [member, set] = owners[load.set];
    std::vector<ClusterEnd> found;
    if (member->policy.options.hashing) {
      // A hash table is asked for a host of any priority of its cluster.
      found = balance_ends(*member, member->hosts);
    } else {
      Balance one;
      one.loads.push_back({0, 100, load.degraded, false,
                           serving(own_sets[member][set], load.degraded, member->policy.options)});
      found = ends_of(one, *member->cluster, "no endpoint of the priority is healthy");
    }
    refuse_all(found, zero_pool_limit(*member->cluster, query));
    for (ClusterEnd& end : found) {
      end.share *= load.percent / 100.0;
      if (end.why.empty()) end.why = fmt::format("by its member cluster {}", member->cluster->name);
      if (!member->policy.subsets["subset_selectors"].empty()) {
        end.unknown = "a member of an aggregate cluster has subsets";
      } else if (!member->policy.unknown.empty()) {
        end.unknown = member->policy.unknown;
      }
      ends.push_back(std::move(end));
    }
  }
  if (!unknown.empty()) {
    for (ClusterEnd& end : ends) end.unknown = unknown;
  }
  return ends;
}

}  // namespace xdscope::trace
