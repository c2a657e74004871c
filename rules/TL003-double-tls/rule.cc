#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/filters.h"
#include "rules/support/istio.h"
#include "rules/support/targets.h"
#include "rules/support/tls.h"

namespace xdscope::rules {
namespace {

bool takes_tls(const ClusterReference& reference) {
  if (reference.kind != ClusterReference::Kind::kTcp) return false;
  if (reference.listener->direction != Listener::Direction::kOutbound) return false;
  const FilterChainMatch& match = reference.chain->match;
  return !match.server_names.empty() || match.transport_protocol == "tls";
}

}  // namespace

void check_tl003(const RuleContext& context, Reporter& report) {
  for (const ClusterTarget& target : cluster_targets(context)) {
    const Resource* resource = context.cluster_resource(target.cluster);
    if (resource == nullptr) continue;
    for (const ClusterReference& reference : target.references) {
      if (!takes_tls(reference)) continue;
      for (const UpstreamTls& tls : upstream_tls(resource->body)) {
        if (!tls.match.empty() || is_mesh_tls(tls.context)) continue;
        report.add({.object = fmt::format("cluster {}", target.cluster),
                    .at = tls.context,
                    .message = fmt::format("{} takes TLS from the application, and cluster {} adds "
                                           "a second layer of it",
                                           object_of(reference), target.cluster),
                    .resource = resource_of(decode_owner(resource->body["metadata"]),
                                            "spec.trafficPolicy.tls.mode")});
      }
    }
  }
}

}  // namespace xdscope::rules
