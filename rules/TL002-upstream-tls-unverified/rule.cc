#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/tls.h"

namespace xdscope::rules {

void check_tl002(const RuleContext& context, Reporter& report) {
  for (const Resource* resource : context.clusters()) {
    for (const UpstreamTls& tls : upstream_tls(resource->body)) {
      if (verifies_peer(tls.context)) continue;
      const ClusterName name = parse_cluster_name(resource->name);
      if (context.listed("allow_hosts", name.host) ||
          context.listed("allow_hosts", resource->name)) {
        continue;
      }
      const json::Value metadata = resource->body["metadata"];
      const bool external =
          metadata["filter_metadata"].at("istio").at("external").boolean_or(false);
      report.add({.object = fmt::format("cluster {}", resource->name),
                  .at = tls.context,
                  .message = fmt::format("The certificate of {} is not checked against anything",
                                         name.parsed ? name.host : resource->name),
                  .resource = resource_of(decode_owner(metadata), "spec.trafficPolicy.tls"),
                  .severity = external ? Severity::kError : Severity::kWarning});
    }
  }
}

}  // namespace xdscope::rules
