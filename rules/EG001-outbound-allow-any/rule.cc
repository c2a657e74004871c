#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/egress.h"

namespace xdscope::rules {

void check_eg001(const RuleContext& context, Reporter& report) {
  const std::string_view ns = context.node().namespace_;
  if (context.string("expected_mode") == "ALLOW_ANY" || context.listed("allow_namespaces", ns)) {
    return;
  }
  const Egress egress = outbound_mode(context);
  if (egress.mode != Egress::Mode::kAllowAny) return;
  report.add(
      {.object = fmt::format("outbound traffic of namespace {}", ns),
       .at = egress.at,
       .message = fmt::format(
           "Traffic of namespace {} to destinations that the mesh does not know is forwarded "
           "by {} (outboundTrafficPolicy ALLOW_ANY; neither mode is a security boundary)",
           ns, egress.cluster),
       .resource =
           KubernetesResource{"Sidecar", std::string(ns), "", "spec.outboundTrafficPolicy.mode"}});
}

}  // namespace xdscope::rules
