#include <fmt/format.h>

#include <set>

#include "rules/rule.h"
#include "rules/support/passthrough.h"

namespace xdscope::rules {

void check_eg004(const RuleContext& context, Reporter& report) {
  const Passthrough through = passthrough(context, "InboundPassthroughCluster");
  std::set<std::uint32_t> ports;
  for (const Address& host : through.hosts) ports.insert(host.port);
  Draft draft{.object = fmt::format("InboundPassthroughCluster of {}", context.node().cluster),
              .at = through.status,
              .resource = KubernetesResource{"Service", std::string(context.node().namespace_), "",
                                             "spec.ports"}};
  if (!ports.empty()) {
    draft.message = fmt::format("Connections arrive on {} that no Service names: {}",
                                ports.size() == 1 ? "a port" : "ports", fmt::join(ports, ", "));
    report.add(std::move(draft));
    return;
  }
  if (through.connections.value_or(0) == 0) return;
  draft.at = through.cluster;
  draft.message = fmt::format(
      "{} connections have arrived on ports that no Service names; "
      "/clusters?format=json tells which",
      *through.connections);
  report.add(std::move(draft));
}

}  // namespace xdscope::rules
