#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/clusters.h"
#include "rules/support/routes.h"
#include "rules/support/tls.h"

namespace xdscope::rules {
namespace {

bool between(const Version& version, int from_minor, int to_minor) {
  return version >= Version{1, from_minor, 0} && version < Version{1, to_minor + 1, 0};
}

// istio: pilot/pkg/networking/core/route/retry. 503 left the default with 1.24.
void check_default_retry(const RuleContext& context, const Version& version, Reporter& report) {
  if (version >= Version{1, 27, 0}) return;
  for (const RetryUse& use : retry_uses(context)) {
    if (use.inbound || !is_istio_default(*use.policy) ||
        use.policy->retriable_status_codes.empty()) {
      continue;
    }
    const bool flag = version >= Version{1, 24, 0};
    report.add(
        {.object = "default retry policy",
         .at = use.policy->source,
         .message =
             flag ? "The default retry policy retries on 503: istiod runs with "
                    "EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY=false, which Istio 1.27 does not know"
                  : "The default retry policy retries on 503, as it did up to Istio 1.23; from "
                    "1.24 on it does not"});
    return;
  }
}

const RouteAction* inbound_without_retry(const RuleContext& context) {
  for (const RoutePlace& place : all_routes(context)) {
    const Route& route = *place.route;
    if (!route.route.cluster.starts_with("inbound|") || route.action != Route::Action::kRoute ||
        route.route.retry_policy || place.host->retry_policy || !is_inbound(context, place)) {
      continue;
    }
    const Cluster* cluster = context.find_cluster(route.route.cluster);
    if (cluster != nullptr && !speaks_http2(*cluster)) return &route.route;
  }
  return nullptr;
}

void check_inbound_retry(const RuleContext& context, const Version& version, Reporter& report) {
  if (!between(version, 24, 26) || context.role() != Role::kSidecar) return;
  const RouteAction* route = inbound_without_retry(context);
  if (route == nullptr) return;
  report.add({.object = "inbound retry policy",
              .at = route->source,
              .message = "Inbound routes do not retry: istiod runs with "
                         "ENABLE_INBOUND_RETRY_POLICY=false, which Istio 1.27 does not know"});
}

bool lacks_sni(json::Value cluster) {
  const json::Value options = cluster["typed_extension_protocol_options"].at(
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
  if (!options || options["upstream_http_protocol_options"]["auto_sni"].boolean_or(false)) {
    return false;
  }
  const std::vector<UpstreamTls> tls = upstream_tls(cluster);
  return !tls.empty() && tls.front().match.empty() && !tls.front().context["sni"];
}

void check_auto_sni(const RuleContext& context, const Version& version, Reporter& report) {
  if (!between(version, 21, 25)) return;
  for (const Resource* resource : context.clusters()) {
    const ClusterName name = parse_cluster_name(resource->name);
    if (!name.parsed || name.direction != "outbound" || !lacks_sni(resource->body)) continue;
    report.add({.object = "automatic SNI",
                .at = resource->body,
                .message = fmt::format("{} originates TLS without SNI: istiod runs with "
                                       "ENABLE_AUTO_SNI=false, which Istio 1.26 does not know",
                                       resource->name)});
    return;
  }
}

}  // namespace

void check_fl001(const RuleContext& context, Reporter& report) {
  const Version version = context.node().istio;
  if (!version.known()) return;
  check_default_retry(context, version, report);
  check_inbound_retry(context, version, report);
  check_auto_sni(context, version, report);
}

}  // namespace xdscope::rules
