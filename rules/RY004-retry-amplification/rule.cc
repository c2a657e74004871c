#include <fmt/format.h>

#include <algorithm>

#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

std::uint64_t tries(const RetryUse& use) { return std::uint64_t{1} + use.policy->num_retries; }

std::uint64_t inbound_tries(const std::vector<RetryUse>& uses) {
  std::uint64_t most = 1;
  for (const RetryUse& use : uses) {
    if (use.inbound) most = std::max(most, tries(use));
  }
  return most;
}

// Whether the proxy serves the host: its inbound clusters name their services.
bool serves(const RuleContext& proxy, std::string_view host) {
  for (const Resource* resource : proxy.clusters()) {
    if (!resource->name.starts_with("inbound|")) continue;
    for (const ServiceRef& service : decode_services(resource->body["metadata"])) {
      if (service.host == host) return true;
    }
  }
  return false;
}

struct Hop {
  std::uint64_t tries = 1;
  std::string proxy;
};

// The inbound side behind a route, as far as the run has the dump of such a proxy.
Hop next_hop(const RuleContext& context, const Route& route) {
  Hop hop;
  for (const std::string_view cluster : forward_clusters(route)) {
    const ClusterName name = parse_cluster_name(cluster);
    if (!name.parsed) continue;
    for (const RuleContext* peer : context.peers()) {
      if (!serves(*peer, name.host)) continue;
      const std::uint64_t there = inbound_tries(retry_uses(*peer));
      if (there > hop.tries) hop = {there, peer->proxy()};
    }
  }
  return hop;
}

}  // namespace

void check_ry004(const RuleContext& context, Reporter& report) {
  const std::vector<RetryUse>& uses = retry_uses(context);
  const std::uint64_t before = inbound_tries(uses);
  const auto limit =
      static_cast<std::uint64_t>(std::max<std::int64_t>(1, context.integer("max_amplification")));
  for (const RetryUse& use : uses) {
    // What the mesh chose for all routes is no finding on each of them.
    if (use.inbound || is_istio_default(*use.policy)) continue;
    const Hop hop = next_hop(context, *use.first.route);
    const std::uint64_t product = before * tries(use) * hop.tries;
    if (product <= limit) continue;
    std::string factors = before > 1 ? fmt::format("{} inbound × {} outbound", before, tries(use))
                                     : fmt::format("{} here", tries(use));
    if (hop.tries > 1) factors += fmt::format(" × {} at {}", hop.tries, hop.proxy);
    report.add({.object = object_of(use.first),
                .identity = identity_of(use.first),
                .at = use.policy->source,
                .message = fmt::format("One request may become {} when tries fail ({}){}", product,
                                       factors, copies_text(use)),
                .resource = resource_of(use.first, "spec.http[].retries.attempts")});
  }
}

}  // namespace xdscope::rules
