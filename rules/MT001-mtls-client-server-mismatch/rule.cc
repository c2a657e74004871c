#include <fmt/format.h>

#include <map>
#include <set>

#include "rules/rule.h"
#include "rules/support/filters.h"
#include "rules/support/istio.h"
#include "rules/support/tls.h"

namespace xdscope::rules {
namespace {

enum class Mode { kUnknown, kStrict, kDisabled, kBoth };

Mode mode_of(bool tls, bool plain) {
  if (tls && plain) return Mode::kBoth;
  if (tls) return Mode::kStrict;
  return plain ? Mode::kDisabled : Mode::kUnknown;
}

// What the server's chains for a port take; those without a port are for all others
// (istio: pilot/pkg/networking/core/filterchain_options.go).
Mode mode_at(const std::vector<ChainPlace>& chains, std::uint32_t port) {
  bool tls[2] = {};
  bool plain[2] = {};
  for (const ChainPlace& place : chains) {
    if (place.listener->direction != Listener::Direction::kInbound) continue;
    const auto& match = place.chain->match;
    if (match.destination_port && *match.destination_port != port) continue;
    if (place.listener->name == "virtualInbound" &&
        place.chain->name == "virtualInbound-blackhole") {
      continue;
    }
    const std::size_t own = match.destination_port ? 1 : 0;
    (downstream_tls(*place.chain) ? tls : plain)[own] = true;
  }
  return tls[1] || plain[1] ? mode_of(tls[1], plain[1]) : mode_of(tls[0], plain[0]);
}

// The mode of each host that the proxy serves; kBoth where its ports differ.
std::map<std::string_view, Mode> modes_of(const RuleContext& server) {
  std::map<std::string_view, Mode> modes;
  const std::vector<ChainPlace> chains = all_chains(server);
  for (const Resource* resource : server.clusters()) {
    const ClusterName name = parse_cluster_name(resource->name);
    if (!name.parsed || name.direction != "inbound") continue;
    const Mode mode = mode_at(chains, name.port);
    for (const ServiceRef& service : decode_services(resource->body["metadata"])) {
      const auto [it, added] = modes.try_emplace(service.host, mode);
      if (!added && it->second != mode) it->second = Mode::kBoth;
    }
  }
  return modes;
}

void check_client(const RuleContext& client, const RuleContext& server,
                  const std::map<std::string_view, Mode>& modes, Reporter& report) {
  for (const Resource* resource : client.clusters()) {
    const ClusterName name = parse_cluster_name(resource->name);
    if (!name.parsed || name.direction != "outbound") continue;
    const auto mode = modes.find(name.host);
    if (mode == modes.end()) continue;
    const auto contexts = upstream_tls(resource->body);
    const bool always =
        contexts.size() == 1 && contexts[0].match.empty() && is_mesh_tls(contexts[0].context);
    const bool plain_to_strict = mode->second == Mode::kStrict && contexts.empty();
    const bool tls_to_plain = mode->second == Mode::kDisabled && always;
    if (!plain_to_strict && !tls_to_plain) continue;
    report.add({.object = fmt::format("cluster {}", resource->name),
                .at = resource->body,
                .message = plain_to_strict
                               ? fmt::format("{} takes mutual TLS only on {}, but plain text is "
                                             "sent there",
                                             server.proxy(), name.host)
                               : fmt::format("{} takes no mutual TLS on {}, but it is sent there",
                                             server.proxy(), name.host),
                .effect = {503, plain_to_strict ? "UC" : "UF"},
                .resource = resource_of(decode_owner(resource->body["metadata"]),
                                        "spec.trafficPolicy.tls.mode")});
  }
}

}  // namespace

void check_mt001(const RuleContext& context, Reporter& report) {
  for (const RuleContext* server : context.peers()) {
    const auto modes = modes_of(*server);
    if (!modes.empty()) check_client(context, *server, modes, report);
  }
}

}  // namespace xdscope::rules
