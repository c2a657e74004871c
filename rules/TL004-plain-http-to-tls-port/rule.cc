#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/targets.h"
#include "rules/support/tls.h"

namespace xdscope::rules {

void check_tl004(const RuleContext& context, Reporter& report) {
  for (const ClusterTarget& target : cluster_targets(context)) {
    const ClusterReference& reference = target.main();
    const ClusterName name = parse_cluster_name(target.cluster);
    if (reference.kind != ClusterReference::Kind::kRoute || !reference.carries_traffic ||
        !name.parsed || name.direction != "outbound" ||
        !context.listed("tls_ports", std::to_string(name.port))) {
      continue;
    }
    const Resource* resource = context.cluster_resource(target.cluster);
    if (resource == nullptr || !sends_plain_text(resource->body)) continue;
    Draft draft{.object = fmt::format("cluster {}", target.cluster),
                .at = reference.at,
                .message = fmt::format("Plain HTTP is sent to port {} of {}, by {}", name.port,
                                       name.host, references_text(target)),
                .resource = resource_of(decode_owner(resource->body["metadata"]),
                                        "spec.trafficPolicy.tls.mode")};
    if (!draft.resource) {
      draft.resource = KubernetesResource{"DestinationRule", "", "", "spec.trafficPolicy.tls.mode"};
    }
    report.add(std::move(draft));
  }
}

}  // namespace xdscope::rules
