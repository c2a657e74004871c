#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/egress.h"

namespace xdscope::rules {

void check_eg003(const RuleContext& context, Reporter& report) {
  // The cluster has no hosts: a connection is counted where no host was found, none is opened.
  std::uint64_t refused = 0;
  for (const std::string_view counter : {"upstream_cx_none_healthy", "upstream_cx_total"}) {
    refused += context.cluster_stat("BlackHoleCluster", counter).value_or(0);
  }
  const auto minimum = context.integer("minimum");
  const Egress egress = outbound_mode(context);
  if (egress.mode != Egress::Mode::kRegistryOnly || refused == 0 ||
      static_cast<std::int64_t>(refused) < minimum) {
    return;
  }
  const std::string_view ns = context.node().namespace_;
  report.add(
      {.object = fmt::format("refused outbound traffic of namespace {}", ns),
       .at = egress.at,
       .message = fmt::format("{} connections to destinations that are not registered were refused "
                              "(outboundTrafficPolicy REGISTRY_ONLY)",
                              refused),
       .effect = {0, "UH"},
       .resource = KubernetesResource{"ServiceEntry", std::string(ns), "", "spec.hosts"}});
}

}  // namespace xdscope::rules
