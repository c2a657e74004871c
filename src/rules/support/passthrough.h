// What goes through the clusters that forward a connection to wherever it was meant to go:
// PassthroughCluster outbound, InboundPassthroughCluster inbound.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "rules/context.h"

namespace xdscope::rules {

struct Passthrough {
  json::Value status;          // its element of /clusters; absent where the input has none
  std::vector<Address> hosts;  // destinations with live connections, from /clusters
  // Connections so far, from /stats; unset where the input does not tell.
  std::optional<std::uint64_t> connections;
  json::Value cluster;  // the cluster itself
};
Passthrough passthrough(const RuleContext& context, std::string_view cluster);

}  // namespace xdscope::rules
