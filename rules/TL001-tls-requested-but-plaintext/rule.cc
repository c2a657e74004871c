#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/tls.h"

namespace xdscope::rules {

void check_tl001(const RuleContext& context, Reporter& report) {
  for (const Resource* resource : context.clusters()) {
    // istio: pilot/pkg/networking/util, alpn_override; written for SIMPLE and MUTUAL since 1.20.
    const json::Value metadata = resource->body["metadata"];
    if (metadata["filter_metadata"].at("istio").at("alpn_override").text() != "false") continue;
    if (!sends_plain_text(resource->body)) continue;
    const ClusterName name = parse_cluster_name(resource->name);
    report.add({.object = fmt::format("cluster {}", resource->name),
                .at = resource->body,
                .message = fmt::format("Traffic to {}:{} leaves in plain text, though a "
                                       "DestinationRule asks for TLS",
                                       name.host, name.port),
                .resource = resource_of(decode_owner(metadata), "spec.trafficPolicy.tls")});
  }
}

}  // namespace xdscope::rules
