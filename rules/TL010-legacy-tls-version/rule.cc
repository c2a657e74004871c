#include <fmt/format.h>

#include "model/filter_chains.h"
#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/tls.h"

namespace xdscope::rules {
namespace {

// The field that allows it; absent where nothing old is allowed.
json::Value legacy_version(json::Value tls) {
  const json::Value version =
      tls["common_tls_context"]["tls_params"]["tls_minimum_protocol_version"];
  const std::string_view text = version.text();
  return text == "TLSv1_0" || text == "TLSv1_1" ? version : json::Value{};
}

std::string_view version_text(json::Value version) {
  return version.text() == "TLSv1_0" ? "1.0" : "1.1";
}

// A chain's name is often empty; then its hosts tell it from the others.
std::string name_of(const Listener& listener, const FilterChain& chain) {
  std::string which;
  if (!chain.name.empty()) which = fmt::format(" (chain {})", chain.name);
  if (!chain.match.server_names.empty()) {
    which = fmt::format(" for {}", fmt::join(chain.match.server_names, ", "));
  }
  return fmt::format("listener {}{}", listener.name, which);
}

void check_chain(const Listener& listener, const FilterChain& chain, Reporter& report) {
  const json::Value version = legacy_version(downstream_tls(chain));
  if (!version) return;
  report.add(
      {.object = name_of(listener, chain),
       .at = version,
       .message =
           fmt::format("TLS {} is allowed on {}", version_text(version), name_of(listener, chain)),
       .resource = KubernetesResource{"Gateway", "", "", "spec.servers[].tls.minProtocolVersion"}});
}

}  // namespace

void check_tl010(const RuleContext& context, Reporter& report) {
  for (const Listener* listener : context.listeners()) {
    for (const FilterChain* chain : chains_of(*listener)) check_chain(*listener, *chain, report);
  }
  for (const Resource* cluster : context.clusters()) {
    for (const UpstreamTls& tls : upstream_tls(cluster->body)) {
      const json::Value version = legacy_version(tls.context);
      if (!version) continue;
      report.add({.object = fmt::format("cluster {}", cluster->name),
                  .at = version,
                  .message = fmt::format("TLS {} is allowed towards cluster {}",
                                         version_text(version), cluster->name),
                  .resource = KubernetesResource{"EnvoyFilter", "", "", "spec.configPatches"}});
    }
  }
}

}  // namespace xdscope::rules
