#include "trace/cluster_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "trace/cluster_ends.h"
#include "trace/cluster_steps.h"
#include "trace/doubts.h"
#include "trace/subset.h"

namespace xdscope::trace {
namespace {

// The header's first value; one that is no address is ignored.
std::optional<IpAndPort> header_destination(json::Value config, const ClusterQuery& query) {
  if (!config["use_http_header"].boolean_or(false) || query.request == nullptr) return {};
  const std::string name =
      to_lower(config["http_header_name"].string_or("x-envoy-original-dst-host"));
  const std::string* value = query.request->first(name);
  return value == nullptr ? std::nullopt : parse_ip_and_port(*value);
}

// Several kinds of cluster call their message ClusterConfig: the package tells them apart.
bool is_aggregate(const Cluster& cluster) {
  if (cluster.type != Cluster::Type::kCustom) return false;
  const Extension& type = cluster.custom_type;
  return type.type.empty() ? type.name == "envoy.clusters.aggregate"
                           : type.type.find(".aggregate.") != type.type.npos;
}

// Whether what the input lists of the cluster's hosts is all there can be. A dynamic forward proxy,
// for one, adds hosts as requests name them.
bool lists_its_hosts(const Cluster& cluster) {
  if (cluster.type != Cluster::Type::kCustom) return true;
  const std::string_view type = cluster.custom_type.type_name();
  if (type == "DnsCluster" || type == "RedisClusterConfig") return true;
  constexpr std::string_view kBuiltIn[] = {"static", "strict_dns", "logical_dns", "dns", "eds"};
  const std::string_view name = cluster.custom_type.name;
  return std::any_of(std::begin(kBuiltIn), std::end(kBuiltIn), [&](std::string_view known) {
    return name.substr(name.rfind('.') + 1) == known;
  });
}

}  // namespace

void ClusterStage::find_hosts(Plan& plan) {
  const Cluster& cluster = *plan.cluster;
  plan.members =
      lists_its_hosts(cluster) ? index_.members(cluster) : Members{Members::Source::kNone, nullptr};
  plan.policy = decode_lb_policy(cluster, plan.members.assignment, runtime_);
  if (!plan.members.known()) return;
  // Clusters may share the name of their endpoints, but each has its own health checks.
  if (plan.members.source == Members::Source::kEndpoints) {
    const std::string_view name = plan.members.assignment->cluster_name;
    for (const Resource* other : index_.all(Section::kEndpoints, name)) {
      if (!other->serves() || other->body.raw() == plan.members.assignment->source.raw()) continue;
      plan.policy.unknown = fmt::format(
          "the dump has several, different lists of endpoints called {}", printable(name));
    }
  }
  for (const LocalityEndpoints& locality : plan.members.assignment->localities) {
    for (const Endpoint& endpoint : locality.endpoints) {
      plan.hosts.push_back({&endpoint, &locality, locality.priority});
    }
  }
}

ClusterStage::Plan& ClusterStage::plan(std::string_view name) {
  if (const auto known = plans_.find(name); known != plans_.end()) return *known->second;
  const Cluster* cluster = index_.find_cluster(name);
  auto made = std::make_unique<Plan>();
  if (cluster == nullptr) {
    auto [entry, fresh] = absent_.try_emplace(std::string(name));
    if (fresh) {
      made->absent_because = why_cluster_absent(index_, name);
      made->ends.push_back(refused("NC", "cluster_not_found", made->absent_because));
      const Snapshot& snapshot = index_.snapshot();
      if (!snapshot.complete(Section::kClusters)) {
        made->ends.back().unknown = not_complete(snapshot, Section::kClusters);
      }
      entry->second = std::move(made);
    }
    return *entry->second;
  }
  made->cluster = cluster;
  find_hosts(*made);
  Plan& kept = *(plans_[cluster->name] = std::move(made));
  if (cluster->type != Cluster::Type::kOriginalDst && !is_aggregate(*cluster)) {
    kept.ends = balance_ends(kept, kept.hosts);
  }
  return kept;
}

std::vector<ClusterEnd> ClusterStage::balance_ends(const Plan& plan,
                                                   const std::vector<Host>& hosts) const {
  if (!plan.members.known()) {
    std::string why =
        plan.members.source == Members::Source::kNone
            ? fmt::format("hosts of a {} cluster come from {}",
                          cluster_type_name(plan.cluster->type), plan.cluster->custom_type.name)
            : std::string(
                  "its endpoints are not in the dump (take it with "
                  "?include_eds)");
    std::vector<ClusterEnd> ends = {forward(nullptr, std::move(why))};
    if (plan.members.source == Members::Source::kUnknown &&
        index_.snapshot().broken(Section::kEndpoints)) {
      ends.back().unknown = not_complete(index_.snapshot(), Section::kEndpoints);
    }
    return ends;
  }
  const std::string_view why = hosts.empty() ? "it has no endpoints" : "no endpoint is healthy";
  const auto ends_with = [&](bool drain) {
    return ends_of(balance(hosts, with_drain(plan.policy.options, drain)), *plan.cluster, why);
  };
  std::vector<ClusterEnd> ends = ends_with(false);
  if (may_drain(plan.members)) ends = settle(std::move(ends), ends_with(true));
  if (!plan.policy.unknown.empty()) {
    for (ClusterEnd& end : ends) end.unknown = plan.policy.unknown;
  }
  return ends;
}

std::vector<ClusterEnd> ClusterStage::subset_ends(const Plan& plan,
                                                  const ClusterQuery& query) const {
  const SubsetChoice subset =
      choose_subset(plan.policy.subsets, plan.hosts, query.route_metadata, query.entry_metadata);
  std::vector<ClusterEnd> ends = balance_ends(plan, subset.hosts);
  if (subset.else_any && ends.back().kind == ClusterEnd::Kind::kRefused) {
    const double share = ends.back().share;
    ends.pop_back();
    for (ClusterEnd& end : balance_ends(plan, plan.hosts)) {
      end.share *= share;
      ends.push_back(std::move(end));
    }
  }
  for (ClusterEnd& end : ends) {
    end.why = subset.why;
    if (!subset.unknown.empty()) end.unknown = subset.unknown;
  }
  return ends;
}

std::vector<ClusterEnd> ClusterStage::drop_overload(const Plan& plan,
                                                    std::vector<ClusterEnd> ends) const {
  if (plan.members.assignment == nullptr) return ends;
  double kept = 1;
  for (const json::Value drop : plan.members.assignment->drop_overloads.elements()) {
    // Envoy reads one category only.
    kept = 1 - decode_fractional_percent(drop["drop_percentage"]).share();
    break;
  }
  if (kept >= 1) return ends;
  ClusterEnd dropped =
      kept <= 0
          ? refused("UDO", "unconditional_drop_overload", "its endpoints say to drop all requests")
          : refused("DO", "drop_overload", "its endpoints say to drop a part of the requests");
  dropped.share = 1 - kept;
  if (kept <= 0) return {dropped};
  for (ClusterEnd& end : ends) end.share *= kept;
  ends.push_back(std::move(dropped));
  return ends;
}

// The address restored by the listener, or that of a header; the cluster may override the port.
std::vector<ClusterEnd> ClusterStage::original_dst(const Plan& plan,
                                                   const ClusterQuery& query) const {
  const json::Value config = plan.cluster->source["original_dst_lb_config"];
  if (config["metadata_key"]) {
    ClusterEnd end = forward(nullptr);
    end.unknown = "the original destination comes from dynamic metadata";
    return {end};
  }
  std::optional<IpAndPort> address = header_destination(config, query);
  if (!address && query.connection != nullptr && query.connection->destination_in_header) {
    ClusterEnd end = forward(nullptr);
    end.unknown = "the original destination is the one in the PROXY header";
    return {end};
  }
  if (!address && query.connection != nullptr && query.connection->local_restored) {
    if (!query.connection->destination_known) {
      ClusterEnd end = forward(nullptr);
      end.why = "the address that the client connects to, which is not given";
      return {end};
    }
    address = IpAndPort{query.connection->local_address, query.connection->local_port};
  }
  if (!address) {
    return {refused("UH", "no_healthy_upstream",
                    "an original destination cluster, and no listener restored the destination")};
  }
  if (const auto port = config["upstream_port_override"].integer()) {
    address->port = static_cast<std::uint32_t>(*port);
  }
  return {forward(
      std::make_shared<std::vector<std::string>>(1, format_address(address->ip, address->port)))};
}

ClusterResult ClusterStage::resolve(const ClusterQuery& query, std::vector<Step>* steps) {
  Plan& plan = this->plan(query.name);
  ClusterResult result;
  result.cluster = plan.cluster;
  const bool with_subsets =
      plan.members.known() && !plan.policy.subsets["subset_selectors"].empty();
  if (plan.cluster == nullptr) {
    result.ends = plan.ends;
  } else if (plan.cluster->type == Cluster::Type::kOriginalDst) {
    result.ends = original_dst(plan, query);
  } else if (is_aggregate(*plan.cluster)) {
    result.ends = settle(aggregate(plan, query, false), aggregate(plan, query, true));
  } else if (with_subsets) {
    result.ends = subset_ends(plan, query);
  } else {
    result.ends = plan.ends;
  }
  if (plan.cluster != nullptr) {
    // The router's doing; tcp_proxy does not look at it.
    if (query.http) result.ends = drop_overload(plan, std::move(result.ends));
    if (!is_aggregate(*plan.cluster)) {
      refuse_all(result.ends, zero_pool_limit(*plan.cluster, query));
    }
    // tcp_proxy asks by itself, before it looks for a host.
    if (!query.http && plan.cluster->default_priority.max_connections == 0) {
      result.ends = {refused("UO", "", "its circuit breaker has max_connections 0")};
    }
  }
  if (steps != nullptr) {
    explain_cluster(index_, query.name, plan.cluster, plan.absent_because, *steps);
    if (plan.cluster != nullptr) {
      explain_endpoints(*plan.cluster, plan.members, plan.hosts, plan.policy.options, result,
                        *steps);
    }
  }
  return result;
}

}  // namespace xdscope::trace
