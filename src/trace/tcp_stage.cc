// tcp_proxy (envoy: source/common/tcp_proxy/tcp_proxy.cc).
#include <fmt/format.h>

#include "base/text.h"
#include "trace/run.h"

namespace xdscope::trace {
namespace {

// By the package of its type: several messages are just called Config.
bool is_filter(const NetworkFilter& filter, std::string_view name) {
  const Extension& config = filter.config;
  return config.type.empty() ? config.name.ends_with(name)
                             : config.type.find(fmt::format(".{}.", name)) != config.type.npos;
}

// A cluster that filters before put in place of the configured one (filter state
// envoy.tcp_proxy.cluster).
struct Override {
  std::string_view cluster;
  std::string unknown;
};

void read_filter_state(json::Value list, const Connection& connection, Override& out) {
  for (const json::Value value : list.elements()) {
    const std::string_view key = value["object_key"].text();
    if (key == "envoy.network.transport_socket.original_dst_address") {
      out.unknown = "set_filter_state sets the original destination, which is not evaluated";
    }
    if (key != "envoy.tcp_proxy.cluster") continue;
    const std::string_view format =
        value["format_string"]["text_format_source"]["inline_string"].string_or(
            value["format_string"]["text_format"].text());
    if (format == "%REQUESTED_SERVER_NAME%") {
      if (!connection.detected_sni.empty()) out.cluster = connection.detected_sni;
    } else if (!format.empty() && format.find('%') == format.npos) {
      out.cluster = format;
    } else {
      out.unknown = "set_filter_state sets the cluster by a format that is not evaluated";
    }
  }
}

Override override_of(const ChainPlan& plan, const Connection& connection) {
  Override out;
  for (const NetworkFilter& filter : plan.filters) {
    if (is_filter(filter, "sni_cluster")) {
      if (!connection.detected_sni.empty()) out.cluster = connection.detected_sni;
    } else if (is_filter(filter, "set_filter_state")) {
      read_filter_state(filter.config.config["on_new_connection"], connection, out);
    } else if (is_filter(filter, "tcp_cluster_rewrite") && !out.cluster.empty()) {
      out.unknown = "tcp_cluster_rewrite is not evaluated";
    }
  }
  return out;
}

void run_target(Run& run, const TcpProxy& proxy, std::string_view cluster,
                json::Value entry_metadata, const Path& path) {
  ClusterQuery query;
  query.name = cluster;
  query.connection = &run.connection;
  query.http = false;
  query.route_metadata = proxy.source["metadata_match"];
  query.entry_metadata = entry_metadata;
  const ClusterResult found = run.compiled.clusters.resolve(query, run.steps());
  for (const ClusterEnd& end : found.ends) {
    Path way = path;
    way.share *= end.share;
    if (!end.unknown.empty()) way.doubt(end.unknown);
    if (found.cluster == nullptr && proxy.source["on_demand"]) {
      way.doubt("tcp_proxy asks for a cluster that is not there (on_demand)");
    }
    // The bytes that a tunnel's CONNECT stands around are another matter.
    if (end.internal && !proxy.source["tunneling_config"]) {
      for (Outcome& inner : run_internal_hop(run, end, run.request, true)) {
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
      run_target(run, proxy, target.cluster, target.source["metadata_match"], way);
    }
    return;
  }
  const Override override = override_of(plan, run.connection);
  if (!override.unknown.empty()) path.doubt(override.unknown);
  run_target(run, proxy, override.cluster.empty() ? proxy.cluster : override.cluster, {}, path);
}

}  // namespace xdscope::trace
