#include "trace/cluster_stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "trace/cluster_steps.h"
#include "trace/doubts.h"
#include "trace/subset.h"

namespace xdscope::trace {
namespace {

using Endpoints = std::shared_ptr<const std::vector<std::string>>;

constexpr int kMaxAggregateDepth = 8;

ClusterEnd refused(std::string_view flags, std::string_view details, std::string why) {
  ClusterEnd end;
  end.kind = ClusterEnd::Kind::kRefused;
  end.flags = flags;
  end.details = details;
  end.why = std::move(why);
  return end;
}

ClusterEnd forward(Endpoints endpoints, std::string why = {}) {
  ClusterEnd end;
  end.endpoints = std::move(endpoints);
  end.why = std::move(why);
  return end;
}

Endpoints list_of(const Balance& balance) {
  auto out = std::make_shared<std::vector<std::string>>();
  std::set<std::string> seen;
  for (const PriorityLoad& load : balance.loads) {
    for (const Host* host : load.hosts) {
      std::string address = to_string(host->endpoint->address);
      if (seen.insert(address).second) out->push_back(std::move(address));
    }
  }
  return out;
}

const Endpoint* internal_endpoint(const Balance& balance) {
  const Endpoint* first = nullptr;
  for (const PriorityLoad& load : balance.loads) {
    for (const Host* host : load.hosts) {
      const Address& address = host->endpoint->address;
      if (address.kind != Address::Kind::kInternal) return nullptr;
      if (first == nullptr) first = host->endpoint;
      if (address.host != first->address.host) return nullptr;
    }
  }
  return first;
}

bool is_aggregate(const Cluster& cluster) {
  return cluster.type == Cluster::Type::kCustom &&
         (cluster.custom_type.name == "envoy.clusters.aggregate" ||
          cluster.custom_type.type_name() == "ClusterConfig");
}

// A zero limit refuses the first request; any other is a matter of load. max_connections 0 still
// lets an HTTP pool open one connection, but tcp_proxy none.
std::string_view zero_limit(const Cluster& cluster, const ClusterQuery& query) {
  const CircuitBreaker& limits =
      query.high_priority ? cluster.high_priority : cluster.default_priority;
  if (!query.http) return limits.max_connections == 0 ? "max_connections" : "";
  if (limits.max_pending_requests == 0) return "max_pending_requests";
  return limits.max_requests == 0 ? "max_requests" : "";
}

bool metadata_fits(json::Value wanted, json::Value labels) {
  for (const json::Member member : wanted.members()) {
    const json::Value label = labels.at(member.key);
    if (!label || label.raw() != member.value.raw()) return false;
  }
  return true;
}

json::Value socket_labels(json::Value metadata) {
  return metadata["filter_metadata"].at("envoy.transport_socket_match");
}

}  // namespace

SocketChoice transport_socket_of(const Cluster& cluster, const Endpoint& endpoint,
                                 const LocalityEndpoints* locality) {
  const json::Value own = socket_labels(endpoint.metadata);
  for (const TransportSocketMatch& match : cluster.transport_socket_matches) {
    if (metadata_fits(match.match, own)) {
      return {match.transport_socket ? &*match.transport_socket : nullptr, match.name};
    }
  }
  if (locality != nullptr) {
    const json::Value shared = socket_labels(locality->source["metadata"]);
    for (const TransportSocketMatch& match : cluster.transport_socket_matches) {
      if (shared && metadata_fits(match.match, shared)) {
        return {match.transport_socket ? &*match.transport_socket : nullptr, match.name};
      }
    }
  }
  return {cluster.transport_socket ? &*cluster.transport_socket : nullptr, {}};
}

void ClusterStage::find_hosts(Plan& plan) {
  const Cluster& cluster = *plan.cluster;
  plan.members = index_.members(cluster);
  plan.options.panic_threshold = cluster.healthy_panic_threshold;
  const json::Value lb = cluster.source["common_lb_config"];
  plan.options.locality_weighted = static_cast<bool>(lb["locality_weighted_lb_config"]);
  plan.options.fail_traffic_on_panic =
      lb["zone_aware_lb_config"]["fail_traffic_on_panic"].boolean_or(false);
  if (!plan.members.known()) return;
  plan.options.overprovisioning_factor = plan.members.assignment->overprovisioning_factor;
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
    kept.ends = drop_overload(kept, balance_ends(kept, kept.hosts));
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
  const Balance result = balance(hosts, plan.options);
  const double none = result.no_host_share();
  std::vector<ClusterEnd> ends;
  if (none < 1) {
    ends.push_back(forward(list_of(result)));
    ends.back().share = 1 - none;
    ends.back().internal = internal_endpoint(result);
  }
  if (none > 0) {
    ends.push_back(refused("UH", "no_healthy_upstream",
                           hosts.empty() ? "it has no endpoints" : "no endpoint is healthy"));
    ends.back().share = none;
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
  std::string address;
  if (config["use_http_header"].boolean_or(false) && !query.original_dst_header.empty()) {
    address = query.original_dst_header;
  } else if (config["metadata_key"]) {
    ClusterEnd end = forward(nullptr);
    end.unknown = "the original destination comes from dynamic metadata";
    return {end};
  } else if (query.connection != nullptr && query.connection->local_restored) {
    if (!query.connection->destination_known) {
      ClusterEnd end = forward(nullptr);
      end.why = "the address that the client connects to, which is not given";
      return {end};
    }
    const std::uint32_t port = static_cast<std::uint32_t>(
        config["upstream_port_override"].integer_or(query.connection->local_port));
    address = format_address(query.connection->local_address, port);
  }
  if (address.empty()) {
    return {refused("UH", "no_healthy_upstream",
                    "an original destination cluster, and no listener restored the destination")};
  }
  return {forward(std::make_shared<std::vector<std::string>>(1, address))};
}

// The first cluster of the list that has a host to offer takes the request.
std::vector<ClusterEnd> ClusterStage::aggregate(const Plan& plan, const ClusterQuery& query) {
  if (depth_ >= kMaxAggregateDepth) {
    return {refused("UH", "no_healthy_upstream", "aggregate clusters refer to each other")};
  }
  ++depth_;
  std::vector<ClusterEnd> ends{
      refused("UH", "no_healthy_upstream", "none of the clusters in it has a healthy endpoint")};
  for (const json::Value name : plan.cluster->custom_type.config["clusters"].elements()) {
    ClusterQuery inner = query;
    inner.name = name.text();
    ClusterResult result = resolve(inner, nullptr);
    if (result.cluster == nullptr || result.ends.empty()) continue;
    const auto refuses = [](const ClusterEnd& end) {
      return end.kind == ClusterEnd::Kind::kRefused;
    };
    if (std::all_of(result.ends.begin(), result.ends.end(), refuses)) continue;
    ends = std::move(result.ends);
    for (ClusterEnd& end : ends) {
      if (end.why.empty()) end.why = fmt::format("by its member cluster {}", inner.name);
    }
    break;
  }
  --depth_;
  return ends;
}

ClusterResult ClusterStage::resolve(const ClusterQuery& query, std::vector<Step>* steps) {
  Plan& plan = this->plan(query.name);
  ClusterResult result;
  result.cluster = plan.cluster;
  if (plan.cluster == nullptr) {
    result.ends = plan.ends;
  } else if (plan.cluster->type == Cluster::Type::kOriginalDst) {
    result.ends = original_dst(plan, query);
  } else if (is_aggregate(*plan.cluster)) {
    result.ends = aggregate(plan, query);
  } else if (auto subset = plan.members.known()
                               ? choose_subset(*plan.cluster, plan.hosts, query.route_metadata,
                                               query.entry_metadata)
                               : std::nullopt) {
    result.ends = drop_overload(plan, balance_ends(plan, subset->hosts));
    for (ClusterEnd& end : result.ends) end.why = subset->why;
  } else {
    result.ends = plan.ends;
  }
  if (plan.cluster != nullptr) {
    const std::string_view limit = zero_limit(*plan.cluster, query);
    if (!limit.empty()) {
      for (ClusterEnd& end : result.ends) {
        if (end.kind != ClusterEnd::Kind::kForward) continue;
        const double share = end.share;
        end = refused("UO", "upstream_reset_before_response_started{overflow}",
                      fmt::format("its circuit breaker has {} 0", limit));
        end.share = share;
      }
    }
  }
  if (steps != nullptr) {
    explain_cluster(index_, query.name, plan.cluster, plan.absent_because, *steps);
    if (plan.cluster != nullptr) {
      explain_endpoints(*plan.cluster, plan.members, plan.hosts, plan.options, result, *steps);
    }
  }
  return result;
}

}  // namespace xdscope::trace
