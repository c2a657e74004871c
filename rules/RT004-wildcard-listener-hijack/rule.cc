#include <fmt/format.h>

#include <algorithm>

#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/targets.h"

namespace xdscope::rules {
namespace {

// Whether what no other listener is for comes here, on this port.
bool takes_every_address(const Listener& listener) {
  const Address& address = listener.primary();
  const bool wildcard = address.host == "0.0.0.0" || address.host == "::";
  return wildcard && listener.direction == Listener::Direction::kOutbound &&
         listener.name != "virtualOutbound";
}

bool takes_everything(const ClusterReference& reference) {
  return reference.kind == ClusterReference::Kind::kTcp &&
         takes_every_address(*reference.listener) && reference.chain->match.source.empty();
}

void check_tcp(const RuleContext& context, Reporter& report) {
  for (const ClusterTarget& target : cluster_targets(context)) {
    for (const ClusterReference& reference : target.references) {
      const ClusterName name = parse_cluster_name(target.cluster);
      if (!takes_everything(reference) || !name.parsed || name.direction != "outbound" ||
          name.port != reference.listener->primary().port) {
        continue;
      }
      const Cluster* cluster = context.find_cluster(target.cluster);
      if (cluster == nullptr || cluster->type == Cluster::Type::kOriginalDst) continue;
      Draft draft{.object = fmt::format("listener {}", reference.listener->name),
                  .at = reference.at,
                  .message = fmt::format("Every outbound connection to port {}, whatever its "
                                         "address, goes to {}",
                                         name.port, name.host),
                  .resource = KubernetesResource{"ServiceEntry", "", "", "spec.addresses"}};
      report.add(std::move(draft));
    }
  }
}

// Whether TLS has no way through: HTTP only, in plain text, and no chain for the rest.
bool is_plain_http_only(const Listener& listener) {
  if (listener.default_filter_chain || listener.filter_chains.empty()) return false;
  return std::all_of(listener.filter_chains.begin(), listener.filter_chains.end(),
                     [](const FilterChain& chain) {
                       return !chain.transport_socket && !chain.filters.empty() &&
                              is_http_connection_manager(chain.filters.back());
                     });
}

void check_tls_ports(const RuleContext& context, Reporter& report) {
  for (const Listener* listener : context.listeners()) {
    const std::uint32_t port = listener->primary().port;
    if (!context.listed("tls_ports", std::to_string(port)) || !takes_every_address(*listener) ||
        !is_plain_http_only(*listener)) {
      continue;
    }
    report.add({.object = fmt::format("listener {}", listener->name),
                .at = listener->filter_chains.front().source,
                .message = fmt::format("Every outbound connection to port {}, whatever its "
                                       "address, is taken for plain HTTP: TLS to any host fails",
                                       port),
                .resource = KubernetesResource{"ServiceEntry", "", "", "spec.ports[].protocol"}});
  }
}

}  // namespace

void check_rt004(const RuleContext& context, Reporter& report) {
  check_tcp(context, report);
  check_tls_ports(context, report);
}

}  // namespace xdscope::rules
