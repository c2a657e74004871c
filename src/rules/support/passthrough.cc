#include "rules/support/passthrough.h"

namespace xdscope::rules {
namespace {

constexpr std::string_view kOutbound = "PassthroughCluster";
constexpr std::string_view kInbound = "InboundPassthroughCluster";

// Istio counts both directions under one name (alt_stat_name): then the number tells nothing.
bool counted_apart(const RuleContext& context, std::string_view cluster) {
  const Resource* own = context.cluster_resource(cluster);
  const Resource* other = context.cluster_resource(cluster == kInbound ? kOutbound : kInbound);
  if (own == nullptr) return false;
  const std::string_view name = own->body["alt_stat_name"].text();
  return other == nullptr || name.empty() || name != other->body["alt_stat_name"].text();
}

}  // namespace

Passthrough passthrough(const RuleContext& context, std::string_view cluster) {
  Passthrough found;
  found.status = context.cluster_status(cluster);
  for (const json::Value host : found.status["host_statuses"].elements()) {
    found.hosts.push_back(decode_host_status(host).address);
  }
  if (counted_apart(context, cluster)) {
    found.connections = context.cluster_stat(cluster, "upstream_cx_total");
    found.cluster = context.cluster_resource(cluster)->body;
  }
  return found;
}

}  // namespace xdscope::rules
