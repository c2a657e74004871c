// Clusters as rules see them.
#pragma once

#include "xdscope/model/cluster.h"

namespace xdscope::rules {

// envoy.extensions.upstreams.http.v3.HttpProtocolOptions of a cluster; absent where there is none.
json::Value http_protocol_options(const Cluster& cluster);
// Whether the cluster is told to speak HTTP/2, whatever the client speaks.
bool speaks_http2(const Cluster& cluster);

}  // namespace xdscope::rules
