// Causes that lie in route configurations and the clusters behind them.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "trace/cluster_steps.h"
#include "trace/host_normalization.h"
#include "trace/http_steps.h"
#include "trace/why_collector.h"

namespace xdscope::trace {
namespace {

bool takes_everything(const Route& route) {
  const RouteMatch& match = route.match;
  const PathMatch& path = match.path;
  const bool any_path =
      (path.kind == PathMatch::Kind::kPrefix && (path.value.empty() || path.value == "/")) ||
      (path.kind == PathMatch::Kind::kRegex && (path.value == ".*" || path.value == "/.*"));
  return any_path && match.headers.empty() && match.query_parameters.empty() &&
         match.cookies.empty() && !match.runtime_fraction && !match.grpc && !match.tls_context &&
         match.dynamic_metadata.empty() && match.filter_state.empty();
}

class RouteWalk {
 public:
  RouteWalk(WhyCollector& out, const RouteConfigEntry& entry, ClusterStage& clusters)
      : out_(out), config_(*entry.config), clusters_(clusters) {
    for (const std::size_t use : entry.uses) uses_.push_back(&out.index.http_uses()[use]);
    where_ = config_.name.empty() && !uses_.empty() ? std::string(uses_.front()->listener->name)
                                                    : std::string(config_.name);
  }

  void run() {
    // Route configurations that no serving listener uses answer nothing.
    if (uses_.empty()) return;
    if (config_.virtual_hosts.empty() && !config_.vhds) {
      add(Cause::kEmptyVirtualHost, fmt::format("route configuration {}", printable(where_)),
          "every request gets 404: it has no virtual host", {}, config_.source, 404, "NR");
    }
    bool any_host = false;
    for (const VirtualHost& host : config_.virtual_hosts) {
      const auto& domains = host.domains;
      any_host = any_host || std::find(domains.begin(), domains.end(), "*") != domains.end();
      virtual_host(host);
    }
    if (!any_host && !config_.virtual_hosts.empty() && !config_.vhds) unknown_host();
    ports_in_hosts();
  }

 private:
  void add(Cause cause, std::string object, std::string what, std::string resource,
           json::Value source, std::uint32_t code, std::string flags,
           std::vector<std::string> hints = {}) {
    if (!out_.wants(code, flags)) return;
    WhyCase found;
    found.object = std::move(object);
    found.what = std::move(what);
    found.resource = std::move(resource);
    found.code = code;
    found.flags = std::move(flags);
    found.hints = std::move(hints);
    out_.add(cause, std::move(found), source);
  }

  std::string host_label(const VirtualHost& host) const {
    return fmt::format("virtual host {} ({})", printable(host.name), printable(where_));
  }

  void unknown_host() {
    std::string known;
    std::size_t told = 0;
    for (const VirtualHost& host : config_.virtual_hosts) {
      for (const std::string_view domain : host.domains) {
        if (told++ < 5) known += fmt::format("{}{}", known.empty() ? "" : ", ", printable(domain));
      }
    }
    add(Cause::kUnknownHost, fmt::format("route configuration {}", printable(where_)),
        fmt::format("every host gets 404 but {}{}", known, told > 5 ? ", …" : ""), {},
        config_.source["virtual_hosts"], 404, "NR");
  }

  // Without port stripping, a domain without a port does not fit a Host with one, and the reverse.
  void ports_in_hosts() {
    if (config_.ignore_port_in_host_matching) return;
    const bool stripped = std::all_of(uses_.begin(), uses_.end(), [](const HttpUse* use) {
      const HostOptions options = decode_host_options(use->manager.source);
      return options.strip_any_port || options.strip_matching_port;
    });
    if (stripped) return;
    std::set<std::string_view> domains;
    std::set<std::string_view> with_port;  // without it
    for (const VirtualHost& host : config_.virtual_hosts) {
      domains.insert(host.domains.begin(), host.domains.end());
      for (const std::string_view domain : host.domains) {
        const auto port = port_start(domain);
        if (port != domain.npos) with_port.insert(domain.substr(0, port));
      }
    }
    if (domains.contains("*")) return;
    for (const VirtualHost& host : config_.virtual_hosts) {
      std::string lone;
      for (const std::string_view domain : host.domains) {
        const auto port = port_start(domain);
        const bool other = port != domain.npos ? domains.contains(domain.substr(0, port))
                                               : with_port.contains(domain);
        if (!other) lone += fmt::format("{}{}", lone.empty() ? "" : ", ", printable(domain));
      }
      if (lone.empty()) continue;
      add(Cause::kPortInHost, host_label(host),
          fmt::format("matches a Host only as written: {}", lone),
          to_string(decode_owner(host.metadata)), host.source["domains"], 404, "NR");
    }
  }

  void virtual_host(const VirtualHost& host) {
    const std::string owner = to_string(decode_owner(host.metadata));
    if (host.require_tls != VirtualHost::RequireTls::kNone) {
      add(Cause::kRedirect, host_label(host), "plain HTTP is redirected to HTTPS (require_tls)",
          owner, host.source, 301, "-");
    }
    if (host.routes.empty() && !host.matcher && !config_.vhds) {
      add(Cause::kEmptyVirtualHost, host_label(host),
          fmt::format("every request to {} gets 404: it has no routes",
                      printable(fmt::format("{}", fmt::join(host.domains, ", ")))),
          owner, host.source, 404, "NR");
      return;
    }
    const bool complete = std::any_of(host.routes.begin(), host.routes.end(), takes_everything);
    if (!complete && !host.matcher) {
      std::string first = host.routes.empty() ? "" : to_string(host.routes.front().owner);
      add(Cause::kNoDefaultRoute, host_label(host),
          host.routes.size() == 1
              ? "requests that do not fit its one route get 404"
              : fmt::format("requests that fit none of its {} routes get 404", host.routes.size()),
          owner.empty() ? first : owner, host.source["routes"], 404, "NR");
    }
    for (const Route& one : host.routes) {
      route(host, one);
      // What stands behind a route that takes everything is never reached.
      if (takes_everything(one)) break;
    }
  }

  void route(const VirtualHost& host, const Route& route) {
    const std::string label = fmt::format("{} of {}", route_label(&host, route), host_label(host));
    const std::string owner = to_string(route.owner);
    if (route.action == Route::Action::kDirectResponse) {
      const bool block_all = host.name == "block_all" && route.direct_response.status == 502;
      const bool blackhole = host.name.starts_with("blackhole:");
      add(block_all   ? Cause::kBlockAll
          : blackhole ? Cause::kEmptyVirtualHost
                      : Cause::kDirectResponse,
          label, fmt::format("answers {} itself", route.direct_response.status), owner,
          route.source, route.direct_response.status, "-");
      return;
    }
    if (route.action == Route::Action::kRedirect) {
      add(Cause::kRedirect, label, fmt::format("redirects with {}", route.redirect.code), owner,
          route.source, route.redirect.code, "-");
      return;
    }
    if (route.action != Route::Action::kRoute) return;
    const RouteAction& action = route.route;
    if (action.target == RouteAction::Target::kCluster) {
      cluster(route, label, action.cluster, 1);
    }
    std::uint64_t total = 0;
    for (const WeightedCluster& entry : action.weighted_clusters) total += entry.weight;
    for (const WeightedCluster& entry : action.weighted_clusters) {
      if (entry.weight == 0 || total == 0 || entry.name.empty()) continue;
      cluster(route, label, entry.name,
              static_cast<double>(entry.weight) / static_cast<double>(total));
    }
  }

  void cluster(const Route& route, const std::string& label, std::string_view name, double share) {
    if (name == "PassthroughCluster") {
      WhyCase found;
      found.object = label;
      found.what = "hosts that no virtual host names leave through PassthroughCluster";
      found.passes = true;
      out_.add_related(Cause::kAllowAny, std::move(found), route.source, {404, 502, 503}, {"UF"});
    }
    if (!out_.index.snapshot().has(Section::kClusters)) return;
    ClusterQuery query;
    query.name = name;
    query.high_priority = route.route.high_priority;
    query.route_metadata = route.route.metadata_match;
    const Cluster* known = out_.index.find_cluster(name);
    // Whether the destination of an original destination cluster is restored depends on the
    // request.
    if (known != nullptr && known->type == Cluster::Type::kOriginalDst) return;
    const ClusterResult result = clusters_.resolve(query, nullptr);
    for (const ClusterEnd& end : result.ends) {
      if (end.kind != ClusterEnd::Kind::kRefused) continue;
      const std::string part = share * end.share >= 1 ? ""
                                                      : fmt::format("{:.4g} % of its requests: ",
                                                                    100 * share * end.share);
      const Cause cause = known == nullptr    ? Cause::kMissingCluster
                          : end.flags == "UO" ? Cause::kZeroLimit
                                              : Cause::kNoHealthyEndpoint;
      const std::uint32_t code = known == nullptr ? route.route.cluster_not_found_code : 503;
      if (!out_.wants(code, end.flags)) continue;
      std::string owner = to_string(route.owner);
      if (owner.empty() && known != nullptr) owner = to_string(known->owner);
      add(cause, label, fmt::format("{}cluster {}: {}", part, printable(name), end.why), owner,
          route.source, code, std::string(end.flags),
          known == nullptr && out_.wants_near_misses() ? cluster_near_misses(out_.index, name)
                                                       : std::vector<std::string>());
    }
  }

  WhyCollector& out_;
  const RouteConfig& config_;
  ClusterStage& clusters_;
  std::vector<const HttpUse*> uses_;
  std::string where_;
};

}  // namespace

void collect_routes(WhyCollector& out) {
  const Runtime runtime(out.index.snapshot().bootstrap());
  ClusterStage clusters(out.index, runtime);
  for (const RouteConfigEntry& entry : out.index.route_configs()) {
    RouteWalk(out, entry, clusters).run();
  }
}

}  // namespace xdscope::trace
