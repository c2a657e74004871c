// tcp_proxy (envoy: source/common/tcp_proxy/tcp_proxy.cc).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "trace/run.h"

namespace xdscope::trace {
namespace {

bool has_sni_cluster(const ChainPlan& plan) {
  return std::any_of(plan.filters.begin(), plan.filters.end(), [](const NetworkFilter& filter) {
    return filter.name.ends_with("sni_cluster");
  });
}

void run_target(Run& run, const TcpProxy& proxy, std::string_view cluster, const Path& path) {
  ClusterQuery query;
  query.name = cluster;
  query.connection = &run.connection;
  query.http = false;
  query.route_metadata = proxy.source["metadata_match"];
  const ClusterResult found = run.compiled.clusters.resolve(query, run.steps());
  for (const ClusterEnd& end : found.ends) {
    Path way = path;
    way.share *= end.share;
    if (!end.unknown.empty()) way.doubt(end.unknown);
    // The bytes that a tunnel's CONNECT stands around are another matter.
    if (end.internal != nullptr && !proxy.source["tunneling_config"]) {
      for (Outcome& inner : run_internal_hop(run, end, run.request)) {
        inner.share *= way.share;
        if (!way.certain) {
          inner.certain = false;
          inner.reason = way.reason;
        }
        add_outcome(run, std::move(inner));
      }
      continue;
    }
    Outcome outcome;
    outcome.share = way.share;
    outcome.certain = way.certain;
    outcome.reason = way.reason;
    if (end.kind == ClusterEnd::Kind::kForward) {
      outcome.kind = Outcome::Kind::kForward;
      outcome.endpoints = end.endpoints;
    } else {
      outcome.kind = Outcome::Kind::kClose;
      outcome.flags = end.flags;
      if (way.certain) outcome.reason = fmt::format("cluster {}: {}", printable(cluster), end.why);
    }
    if (found.cluster != nullptr) outcome.cluster = std::string(cluster);
    add_outcome(run, std::move(outcome));
  }
}

}  // namespace

void run_tcp(Run& run, const ChainPlan& plan, Path path) {
  const TcpProxy& proxy = *plan.tcp_proxy;
  if (run.steps_wanted) {
    Step step;
    step.stage = Stage::kNetworkFilter;
    step.chosen = "tcp_proxy";
    step.reason = "passes bytes on; HTTP is not looked at";
    if (proxy.source["tunneling_config"]) step.notes.emplace_back("tunnelled by CONNECT");
    step.evidence = evidence_of(proxy.source);
    run.add(std::move(step));
  }
  if (!proxy.weighted_clusters.empty()) {
    std::uint64_t total = 0;
    for (const WeightedTarget& target : proxy.weighted_clusters) total += target.weight;
    for (const WeightedTarget& target : proxy.weighted_clusters) {
      if (target.weight == 0 || total == 0) continue;
      Path way = path;
      way.share *= static_cast<double>(target.weight) / static_cast<double>(total);
      run_target(run, proxy, target.cluster, way);
    }
    return;
  }
  // The sni_cluster filter puts the SNI in place of the configured name.
  const bool by_sni = has_sni_cluster(plan) && !run.connection.detected_sni.empty();
  run_target(run, proxy, by_sni ? run.connection.detected_sni : proxy.cluster, path);
}

}  // namespace xdscope::trace
