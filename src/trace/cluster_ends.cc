#include "trace/cluster_ends.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace xdscope::trace {
namespace {

using Endpoints = std::shared_ptr<const std::vector<std::string>>;

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

std::optional<Host> internal_host(const Balance& balance) {
  std::optional<Host> first;
  for (const PriorityLoad& load : balance.loads) {
    for (const Host* host : load.hosts) {
      const Address& address = host->endpoint->address;
      if (address.kind != Address::Kind::kInternal) return {};
      if (!first) first = *host;
      if (address.host != first->endpoint->address.host) return {};
    }
  }
  return first;
}

}  // namespace

ClusterEnd refused(std::string_view flags, std::string_view details, std::string why) {
  ClusterEnd end;
  end.kind = ClusterEnd::Kind::kRefused;
  end.flags = flags;
  end.details = details;
  end.why = std::move(why);
  return end;
}

ClusterEnd forward(Endpoints endpoints, std::string why) {
  ClusterEnd end;
  end.endpoints = std::move(endpoints);
  end.why = std::move(why);
  return end;
}

std::vector<ClusterEnd> ends_of(const Balance& balance, const Cluster& cluster,
                                std::string_view why_none) {
  const double none = balance.no_host_share();
  std::vector<ClusterEnd> ends;
  if (none < 1) {
    ends.push_back(forward(list_of(balance)));
    ends.back().share = 1 - none;
    ends.back().internal = internal_host(balance);
    ends.back().internal_cluster = &cluster;
  }
  if (none > 0) {
    ends.push_back(refused("UH", "no_healthy_upstream", std::string(why_none)));
    ends.back().share = none;
  }
  return ends;
}

bool may_drain(const Members& members) {
  if (members.source != Members::Source::kEndpoints) return false;
  for (const LocalityEndpoints& locality : members.assignment->localities) {
    for (const Endpoint& endpoint : locality.endpoints) {
      if (endpoint.health == HealthStatus::kUnhealthy) return true;
    }
  }
  return false;
}

BalanceOptions with_drain(BalanceOptions options, bool drain) {
  options.unhealthy_drain = drain;
  return options;
}

std::vector<ClusterEnd> settle(std::vector<ClusterEnd> counted,
                               const std::vector<ClusterEnd>& drained) {
  const auto same = [](const ClusterEnd& a, const ClusterEnd& b) {
    return a.kind == b.kind && a.flags == b.flags && std::abs(a.share - b.share) < 1e-9;
  };
  if (!std::equal(counted.begin(), counted.end(), drained.begin(), drained.end(), same)) {
    for (ClusterEnd& end : counted) {
      end.unknown =
          "it matters whether unhealthy endpoints are draining, which the dump does not tell";
    }
    return counted;
  }
  for (std::size_t i = 0; i < counted.size(); ++i) {
    if (counted[i].endpoints == nullptr || drained[i].endpoints == nullptr) continue;
    std::vector<std::string> both = *counted[i].endpoints;
    std::set<std::string> seen(both.begin(), both.end());
    for (const std::string& address : *drained[i].endpoints) {
      if (seen.insert(address).second) both.push_back(address);
    }
    counted[i].endpoints = std::make_shared<const std::vector<std::string>>(std::move(both));
  }
  return counted;
}

std::string_view zero_pool_limit(const Cluster& cluster, const ClusterQuery& query) {
  const CircuitBreaker& limits =
      query.high_priority ? cluster.high_priority : cluster.default_priority;
  if (limits.max_pending_requests == 0) return "max_pending_requests";
  return query.http && limits.max_requests == 0 ? "max_requests" : "";
}

void refuse_all(std::vector<ClusterEnd>& ends, std::string_view limit) {
  for (ClusterEnd& end : ends) {
    if (end.kind != ClusterEnd::Kind::kForward || limit.empty()) continue;
    const double share = end.share;
    end = refused("UO", "upstream_reset_before_response_started{overflow}",
                  fmt::format("its circuit breaker has {} 0", limit));
    end.share = share;
  }
}

}  // namespace xdscope::trace
