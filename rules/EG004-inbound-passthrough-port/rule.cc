#include <fmt/format.h>

#include <set>

#include "rules/rule.h"

namespace xdscope::rules {
namespace {

constexpr std::string_view kPassthrough = "InboundPassthroughCluster";

std::set<std::uint32_t> ports_of(json::Value status) {
  std::set<std::uint32_t> ports;
  for (const json::Value host : status["host_statuses"].elements()) {
    ports.insert(decode_host_status(host).address.port);
  }
  return ports;
}

// Istio counts inbound passthrough under the same name as outbound: then the number tells nothing.
bool counted_apart(const RuleContext& context) {
  const Resource* inbound = context.cluster_resource(kPassthrough);
  const Resource* outbound = context.cluster_resource("PassthroughCluster");
  if (inbound == nullptr) return false;
  const std::string_view name = inbound->body["alt_stat_name"].text();
  return outbound == nullptr || name.empty() || name != outbound->body["alt_stat_name"].text();
}

}  // namespace

void check_eg004(const RuleContext& context, Reporter& report) {
  const json::Value status = context.cluster_status(kPassthrough);
  const auto ports = ports_of(status);
  Draft draft{.object = fmt::format("InboundPassthroughCluster of {}", context.node().cluster),
              .at = status,
              .resource = KubernetesResource{"Service", std::string(context.node().namespace_), "",
                                             "spec.ports"}};
  if (!ports.empty()) {
    draft.message = fmt::format("Connections arrive on {} that no Service names: {}",
                                ports.size() == 1 ? "a port" : "ports", fmt::join(ports, ", "));
    report.add(std::move(draft));
    return;
  }
  const auto connections = context.cluster_stat(kPassthrough, "upstream_cx_total");
  if (connections.value_or(0) == 0 || !counted_apart(context)) return;
  draft.at = context.cluster_resource(kPassthrough)->body;
  draft.message = fmt::format(
      "{} connections have arrived on ports that no Service names; "
      "/clusters?format=json tells which",
      *connections);
  report.add(std::move(draft));
}

}  // namespace xdscope::rules
