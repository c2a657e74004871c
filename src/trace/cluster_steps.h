// The cluster half of a trace in words.
#pragma once

#include "trace/cluster_stage.h"
#include "trace/transport_socket.h"

namespace xdscope::trace {

// Why no cluster of that name serves: warming, rejected, or not there at all.
std::string why_cluster_absent(const Index& index, std::string_view name);
// Clusters that the name was perhaps meant to be: other subsets and ports of the host, then names
// that are spelt like it. One sentence each, nearest first.
std::vector<std::string> cluster_near_misses(const Index& index, std::string_view name);

void explain_cluster(const Index& index, std::string_view name, const Cluster* cluster,
                     const std::string& absent_because, std::vector<Step>& steps);
void explain_endpoints(const Cluster& cluster, const Members& members,
                       const std::vector<Host>& hosts, const BalanceOptions& options,
                       const ClusterResult& result, std::vector<Step>& steps);

// "mutual TLS", "TLS", "plain text", and by which transport_socket_matches entry.
std::string describe_socket(const SocketChoice& choice);

}  // namespace xdscope::trace
