#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/targets.h"

namespace xdscope::rules {

void check_rt006(const RuleContext& context, Reporter& report) {
  for (const ClusterTarget& target : cluster_targets(context)) {
    const Resource* resource = context.cluster_resource(target.cluster);
    if (resource == nullptr) continue;
    const std::string_view policy = resource->body["lb_policy"].text();
    if (policy != "RING_HASH" && policy != "MAGLEV") continue;
    for (const ClusterReference& reference : target.references) {
      if (reference.kind != ClusterReference::Kind::kRoute || !reference.carries_traffic ||
          reference.route.route->route.has_hash_policy) {
        continue;
      }
      report.add({.object = fmt::format("cluster {}", target.cluster),
                  .at = reference.at,
                  .message = fmt::format("{} balances by {}, but {} gives it nothing to hash",
                                         target.cluster, policy, object_of(reference)),
                  .resource = resource_of(decode_owner(resource->body["metadata"]),
                                          "spec.trafficPolicy.loadBalancer.consistentHash")});
    }
  }
}

}  // namespace xdscope::rules
