#include "rules/support/egress.h"

#include "model/filter_chains.h"

namespace xdscope::rules {
namespace {

Egress::Mode mode_of(std::string_view cluster) {
  if (cluster == "PassthroughCluster" || cluster == "AllowAnyDynamicDNSCluster") {
    return Egress::Mode::kAllowAny;
  }
  return cluster == "BlackHoleCluster" ? Egress::Mode::kRegistryOnly : Egress::Mode::kProxy;
}

// Whether a chain takes all that no other chain takes.
bool is_catch_all(const FilterChain& chain) {
  return chain.name == "virtualOutbound-catchall-tcp" || chain.match.source.empty();
}

void look_at_chain(const FilterChain& chain, Egress& out) {
  if (!is_catch_all(chain)) return;
  for (const Extension& filter : chain.filters) {
    if (!is_tcp_proxy(filter)) continue;
    const TcpProxy proxy = decode_tcp_proxy(filter);
    if (!proxy.cluster.empty()) out = {mode_of(proxy.cluster), proxy.cluster, proxy.source};
  }
}

Egress mode_for_tcp(const RuleContext& context) {
  Egress out;
  for (const Listener* listener : context.listeners()) {
    if (listener->name != "virtualOutbound" && listener->primary().port != 15001) continue;
    for (const FilterChain* chain : chains_of(*listener)) look_at_chain(*chain, out);
  }
  return out;
}

Egress mode_for_http(const RuleContext& context) {
  for (const RouteConfigEntry* entry : context.route_configs()) {
    for (const VirtualHost& host : entry->config->virtual_hosts) {
      if (host.name == "block_all") return {Egress::Mode::kRegistryOnly, host.name, host.source};
      if (!host.name.starts_with("allow_any") || host.routes.empty()) continue;
      const std::string_view cluster = host.routes.front().route.cluster;
      return {mode_of(cluster), cluster, host.source};
    }
  }
  return {};
}

}  // namespace

Egress outbound_mode(const RuleContext& context) {
  const Egress tcp = mode_for_tcp(context);
  if (tcp.mode == Egress::Mode::kAllowAny) return tcp;
  const Egress http = mode_for_http(context);
  return http.mode == Egress::Mode::kAllowAny || tcp.mode == Egress::Mode::kUnknown ? http : tcp;
}

}  // namespace xdscope::rules
