#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/clusters.h"
#include "rules/support/routes.h"
#include "rules/support/tls.h"

namespace xdscope::rules {
namespace {

// A behaviour that became the default with 1.`since`, could be put off by a flag, and cannot any
// more from 1.`gone` on.
struct Setting {
  std::string_view object;
  std::string_view flag;
  int since = 0;
  int gone = 0;
  std::string_view then;  // "they do": what holds from 1.`since` on
};

bool shows(const Setting& setting, const Version& version) {
  return version < Version{1, setting.gone, 0};
}

// `what` is what the configuration shows.
void add(const Setting& setting, const Version& version, json::Value at, const std::string& what,
         Reporter& report) {
  const bool by_flag = version >= Version{1, setting.since, 0};
  report.add(
      {.object = std::string(setting.object),
       .at = at,
       .message = by_flag ? fmt::format("{}: istiod runs with {}, which Istio 1.{} does not know",
                                        what, setting.flag, setting.gone)
                          : fmt::format("{}, as is the default up to Istio 1.{}; from 1.{} on {}",
                                        what, setting.since - 1, setting.since, setting.then)});
}

// istio: pilot/pkg/networking/core/route/retry.
constexpr Setting kDefaultRetry = {
    "default retry policy", "EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY=false", 24, 27, "it does not"};

void check_default_retry(const RuleContext& context, const Version& version, Reporter& report) {
  for (const RetryUse& use : retry_uses(context)) {
    if (use.inbound || !is_istio_default(*use.policy) ||
        use.policy->retriable_status_codes.empty()) {
      continue;
    }
    return add(kDefaultRetry, version, use.policy->source,
               "The default retry policy retries on 503", report);
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

constexpr Setting kInboundRetry = {"inbound retry policy", "ENABLE_INBOUND_RETRY_POLICY=false", 24,
                                   27, "it retries what was reset before it was sent"};

void check_inbound_retry(const RuleContext& context, const Version& version, Reporter& report) {
  if (context.role() != Role::kSidecar) return;
  const RouteAction* route = inbound_without_retry(context);
  if (route == nullptr) return;
  add(kInboundRetry, version, route->source, "The sidecar does not retry inbound requests", report);
}

// The TLS that a cluster always originates for somebody outside the mesh; absent for others.
json::Value origination(const Resource& cluster) {
  const ClusterName name = parse_cluster_name(cluster.name);
  if (!name.parsed || name.direction != "outbound") return {};
  const std::vector<UpstreamTls> tls = upstream_tls(cluster.body);
  if (tls.empty() || !tls.front().match.empty() || is_mesh_tls(tls.front().context)) return {};
  return tls.front().context;
}

bool lacks_sni(json::Value cluster, json::Value tls) {
  const json::Value options = cluster["typed_extension_protocol_options"].at(
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
  return options && !options["upstream_http_protocol_options"]["auto_sni"].boolean_or(false) &&
         !tls["sni"];
}

// istio: pilot/pkg/networking/core/cluster_tls.go.
constexpr Setting kAutoSni = {"automatic SNI", "ENABLE_AUTO_SNI=false", 21, 26,
                              "it names the host of the request"};
constexpr Setting kVerify = {"verification of servers", "VERIFY_CERTIFICATE_AT_CLIENT=false", 21,
                             24, "it does, unless the DestinationRule says insecureSkipVerify"};

void check_origination(const RuleContext& context, const Version& version, Reporter& report) {
  bool sni = !shows(kAutoSni, version);
  // From 1.21 on, insecureSkipVerify leaves the same configuration as the flag.
  bool verify = version >= Version{1, kVerify.since, 0};
  for (const Resource* resource : context.clusters()) {
    if (sni && verify) return;
    const json::Value tls = origination(*resource);
    if (!tls) continue;
    if (!sni && lacks_sni(resource->body, tls)) {
      sni = true;
      add(kAutoSni, version, resource->body,
          fmt::format("{} originates TLS without SNI", resource->name), report);
    }
    if (!verify && !verifies_peer(tls)) {
      verify = true;
      add(kVerify, version, resource->body,
          fmt::format("{} does not verify the server's certificate", resource->name), report);
    }
  }
}

// istio: pilot/pkg/networking/util, DelimitedStatsPrefix: "outbound_0.0.0.0_80;" since 1.23.
constexpr Setting kDelimitedNames = {"names of statistics",
                                     "ENABLE_DELIMITED_STATS_TAG_REGEX=false", 23, 26,
                                     "a ; ends them, and raw metrics have other names"};

void check_delimited_names(const RuleContext& context, const Version& version, Reporter& report) {
  for (const HttpUse* use : context.http_uses()) {
    const json::Value prefix = use->manager.source["stat_prefix"];
    const std::string_view name = prefix.text();
    if (!name.starts_with("outbound_") && !name.starts_with("inbound_")) continue;
    if (name.ends_with(';')) return;
    return add(kDelimitedNames, version, prefix,
               fmt::format("The statistics of listeners have plain names ({})", name), report);
  }
}

}  // namespace

void check_fl001(const RuleContext& context, Reporter& report) {
  const Version version = context.node().istio;
  if (!version.known()) return;
  if (shows(kDefaultRetry, version)) check_default_retry(context, version, report);
  if (shows(kInboundRetry, version)) check_inbound_retry(context, version, report);
  check_origination(context, version, report);
  if (shows(kDelimitedNames, version)) check_delimited_names(context, version, report);
}

}  // namespace xdscope::rules
