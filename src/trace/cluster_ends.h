// What can happen at a cluster, made from how its hosts share the load.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "trace/cluster_stage.h"

namespace xdscope::trace {

ClusterEnd refused(std::string_view flags, std::string_view details, std::string why);
ClusterEnd forward(std::shared_ptr<const std::vector<std::string>> endpoints, std::string why = {});

// The part that finds a host, and the part that finds none.
std::vector<ClusterEnd> ends_of(const Balance& balance, const Cluster& cluster,
                                std::string_view why_none);

// Whether the hosts' health is as EndpointsConfigDump tells it, which says UNHEALTHY of draining
// hosts, too, and one is unhealthy.
bool may_drain(const Members& members);
BalanceOptions with_drain(BalanceOptions options, bool drain);
// What is the same whether those hosts count or drain; where the two differ by no more than the
// hosts, those of both.
std::vector<ClusterEnd> settle(std::vector<ClusterEnd> counted,
                               const std::vector<ClusterEnd>& drained);

// The limit of 0 that the connection pool refuses the first request by; "" for none. Any other
// limit is a matter of load, and max_connections always lets the first connection through.
std::string_view zero_pool_limit(const Cluster& cluster, const ClusterQuery& query);
// Refuses what would be forwarded, where there is such a limit.
void refuse_all(std::vector<ClusterEnd>& ends, std::string_view limit);

}  // namespace xdscope::trace
