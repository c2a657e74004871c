#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/targets.h"

namespace xdscope::rules {
namespace {

// The DestinationRule of the host, as its cluster without a subset names it; else whoever points
// here.
std::optional<KubernetesResource> resource_for(const RuleContext& context,
                                               const ClusterTarget& target,
                                               const std::string& base) {
  if (const Cluster* cluster = context.find_cluster(base); cluster != nullptr && cluster->owner) {
    return resource_of(cluster->owner, "spec.subsets");
  }
  if (auto resource = resource_of(target.main(), "spec.http[].route[].destination.subset",
                                  "spec.tcp[].route[].destination.subset")) {
    return resource;
  }
  return KubernetesResource{"DestinationRule", "", "", "spec.subsets"};
}

}  // namespace

void check_dr001(const RuleContext& context, Reporter& report) {
  for (const ClusterTarget& target : missing_targets(context)) {
    const ClusterName name = parse_cluster_name(target.cluster);
    if (!name.parsed || name.direction != "outbound" || name.subset.empty()) continue;
    const std::string base = fmt::format("{}|{}||{}", name.direction, name.port, name.host);
    const bool base_exists = context.has_cluster(base);
    Draft draft{.object = fmt::format("cluster {}", target.cluster),
                .at = target.main().at,
                .message = fmt::format(
                    "Subset {} of {}:{} is not defined for this proxy{}, but is the target of {}",
                    name.subset, name.host, name.port,
                    base_exists ? " (the host itself is known)" : "", references_text(target)),
                .effect = effect_of_missing(target),
                .resource = resource_for(context, target, base)};
    if (target.idle()) draft.severity = Severity::kWarning;
    report.add(std::move(draft));
  }
}

}  // namespace xdscope::rules
