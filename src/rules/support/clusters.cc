#include "rules/support/clusters.h"

namespace xdscope::rules {

json::Value http_protocol_options(const Cluster& cluster) {
  return cluster.source["typed_extension_protocol_options"].at(
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
}

bool speaks_http2(const Cluster& cluster) {
  const json::Value config = http_protocol_options(cluster)["explicit_http_config"];
  return static_cast<bool>(config["http2_protocol_options"]) ||
         static_cast<bool>(cluster.source["http2_protocol_options"]);
}

}  // namespace xdscope::rules
