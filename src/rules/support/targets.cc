#include "rules/support/targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "model/filter_chains.h"
#include "rules/support/istio.h"

namespace xdscope::rules {
namespace {

bool fetches_on_demand(const RuleContext& context, const RouteConfigEntry& entry) {
  const auto uses = context.uses_of(entry);
  return std::any_of(uses.begin(), uses.end(), [](const HttpUse* use) {
    return std::any_of(use->manager.http_filters.begin(), use->manager.http_filters.end(),
                       [](const Extension& filter) {
                         return filter.type_name() == "OnDemand" && filter.config["odcds"];
                       });
  });
}

class Collector {
 public:
  void add(const ClusterReference& reference) {
    if (reference.cluster.empty()) return;
    const auto [it, added] = known_.try_emplace(reference.cluster, targets_.size());
    if (added) targets_.push_back({reference.cluster, {}});
    targets_[it->second].references.push_back(reference);
  }
  std::vector<ClusterTarget> finish() { return std::move(targets_); }

 private:
  std::vector<ClusterTarget> targets_;
  std::unordered_map<std::string_view, std::size_t> known_;
};

void add_route(Collector& out, const RoutePlace& place) {
  using Kind = ClusterReference::Kind;
  const Route& route = *place.route;
  if (route.action != Route::Action::kRoute) return;
  const std::uint32_t code = route.route.cluster_not_found_code;
  if (route.route.target == RouteAction::Target::kCluster) {
    out.add({Kind::kRoute, route.route.cluster, true, code, place, nullptr, nullptr,
             route.route.source});
  }
  for (const WeightedCluster& weighted : route.route.weighted_clusters) {
    out.add({Kind::kRoute, weighted.name, weighted.weight > 0, code, place, nullptr, nullptr,
             weighted.source});
  }
  for (const std::string_view mirror : route.route.mirror_clusters) {
    out.add({Kind::kMirror, mirror, false, code, place, nullptr, nullptr, route.route.source});
  }
}

void add_chain(Collector& out, const Listener& listener, const FilterChain& chain) {
  for (const Extension& filter : chain.filters) {
    if (!is_tcp_proxy(filter)) continue;
    const TcpProxy proxy = decode_tcp_proxy(filter);
    if (proxy.source["on_demand"]) continue;
    ClusterReference reference;
    reference.kind = ClusterReference::Kind::kTcp;
    reference.listener = &listener;
    reference.chain = &chain;
    reference.cluster = proxy.cluster;
    reference.at = proxy.source;
    out.add(reference);
    for (const WeightedTarget& weighted : proxy.weighted_clusters) {
      reference.cluster = weighted.cluster;
      reference.carries_traffic = weighted.weight > 0;
      reference.at = weighted.source;
      out.add(reference);
    }
  }
}

std::string_view kind_noun(ClusterReference::Kind kind) {
  switch (kind) {
    case ClusterReference::Kind::kRoute:
      return "routes";
    case ClusterReference::Kind::kMirror:
      return "mirrors";
    case ClusterReference::Kind::kTcp:
      return "TCP proxies";
  }
  return "routes";
}

}  // namespace

bool ClusterTarget::idle() const {
  return std::none_of(references.begin(), references.end(),
                      [](const ClusterReference& reference) { return reference.carries_traffic; });
}

const ClusterReference& ClusterTarget::main() const {
  // A virtual host that sends plain text to https forwards only what comes over TLS.
  const auto redirects = [](const ClusterReference& reference) {
    return reference.kind == ClusterReference::Kind::kRoute &&
           reference.route.host->require_tls == VirtualHost::RequireTls::kAll;
  };
  const ClusterReference* best = &references.front();
  for (const ClusterReference& reference : references) {
    if (!reference.carries_traffic) continue;
    if (!redirects(reference)) return reference;
    if (!best->carries_traffic) best = &reference;
  }
  return *best;
}

namespace {

std::vector<ClusterTarget> find_cluster_targets(const RuleContext& context) {
  Collector collector;
  for (const RouteConfigEntry* entry : context.route_configs()) {
    if (fetches_on_demand(context, *entry)) continue;
    for (const VirtualHost& host : entry->config->virtual_hosts) {
      for (const Route& route : host.routes) add_route(collector, {entry, &host, &route});
    }
  }
  for (const Listener* listener : context.listeners()) {
    for (const FilterChain* chain : chains_of(*listener)) add_chain(collector, *listener, *chain);
  }
  return collector.finish();
}

}  // namespace

const std::vector<ClusterTarget>& cluster_targets(const RuleContext& context) {
  return context.once<std::vector<ClusterTarget>>("cluster_targets",
                                                  [&] { return find_cluster_targets(context); });
}

std::vector<ClusterTarget> missing_targets(const RuleContext& context) {
  std::vector<ClusterTarget> targets = cluster_targets(context);
  std::erase_if(
      targets, [&](const ClusterTarget& target) { return !context.lacks_cluster(target.cluster); });
  return targets;
}

Effect effect_of_missing(const ClusterTarget& target) {
  const ClusterReference& main = target.main();
  if (!main.carries_traffic) return {};
  if (main.kind == ClusterReference::Kind::kTcp) return {0, "NC"};
  return {main.not_found_code, "NC"};
}

std::string object_of(const ClusterReference& reference) {
  if (reference.kind != ClusterReference::Kind::kTcp) return object_of(reference.route);
  const std::string_view chain = reference.chain->name;
  return chain.empty()
             ? fmt::format("listener {}", reference.listener->name)
             : fmt::format("filter chain {} of listener {}", chain, reference.listener->name);
}

std::optional<KubernetesResource> resource_of(const ClusterReference& reference,
                                              std::string http_field, std::string tcp_field) {
  if (reference.kind != ClusterReference::Kind::kTcp) {
    return resource_of(reference.route, std::move(http_field));
  }
  return resource_of(reference.chain->owner, std::move(tcp_field));
}

std::string references_text(const ClusterTarget& target) {
  const ClusterReference& main = target.main();
  if (target.references.size() == 1) return object_of(main);
  return fmt::format("{} {}, the first being {}", target.references.size(), kind_noun(main.kind),
                     object_of(main));
}

}  // namespace xdscope::rules
