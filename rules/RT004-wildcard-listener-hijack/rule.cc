#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/targets.h"

namespace xdscope::rules {
namespace {

bool takes_everything(const ClusterReference& reference) {
  if (reference.kind != ClusterReference::Kind::kTcp) return false;
  const Listener& listener = *reference.listener;
  const Address& address = listener.primary();
  const bool wildcard = address.host == "0.0.0.0" || address.host == "::";
  return wildcard && listener.direction == Listener::Direction::kOutbound &&
         listener.name != "virtualOutbound" && reference.chain->match.source.empty();
}

}  // namespace

void check_rt004(const RuleContext& context, Reporter& report) {
  for (const ClusterTarget& target : cluster_targets(context)) {
    for (const ClusterReference& reference : target.references) {
      const ClusterName name = parse_cluster_name(target.cluster);
      if (!takes_everything(reference) || !name.parsed || name.direction != "outbound" ||
          name.port != reference.listener->primary().port) {
        continue;
      }
      const Cluster* cluster = context.find_cluster(target.cluster);
      if (cluster == nullptr || cluster->type == Cluster::Type::kOriginalDst) continue;
      Draft draft{.object = fmt::format("listener {}", reference.listener->name),
                  .at = reference.at,
                  .message = fmt::format("Every outbound connection to port {}, whatever its "
                                         "address, goes to {}",
                                         name.port, name.host),
                  .resource = KubernetesResource{"ServiceEntry", "", "", "spec.addresses"}};
      report.add(std::move(draft));
    }
  }
}

}  // namespace xdscope::rules
