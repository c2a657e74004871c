#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/clusters.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

bool is_affected(Version istio) {
  return (istio >= Version{1, 24, 0} && istio < Version{1, 24, 5}) ||
         (istio >= Version{1, 25, 0} && istio < Version{1, 25, 2});
}

}  // namespace

void check_ry007(const RuleContext& context, Reporter& report) {
  const bool affected = is_affected(context.node().istio);
  for (const RetryUse& use : retry_uses(context)) {
    if (!affected || !use.inbound || !has_condition(*use.policy, "reset-before-request")) continue;
    for (const std::string_view name : forward_clusters(*use.first.route)) {
      const Cluster* cluster = context.find_cluster(name);
      if (cluster == nullptr || !speaks_http2(*cluster)) continue;
      report.add(
          {.object = fmt::format("cluster {}", name),
           .at = use.policy->source,
           .message = fmt::format("Istio {} retries gRPC streams to port {} of the "
                                  "application and buffers them: the sidecar's memory grows",
                                  context.node().istio_version, parse_cluster_name(name).port)});
    }
  }
}

}  // namespace xdscope::rules
