// Causes that lie in listeners: rejected ones, filter chains, secrets, route configurations.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "trace/compiled.h"
#include "trace/why_collector.h"

namespace xdscope::trace {
namespace {

std::string listener_label(const Listener& listener) {
  return fmt::format("listener {}", printable(listener.name.empty() ? to_string(listener.primary())
                                                                    : std::string(listener.name)));
}

void rejected(WhyCollector& out) {
  for (const Resource& resource : out.index.snapshot().resources(Section::kListeners)) {
    if (resource.state != ResourceState::kRejected) continue;
    if (out.index.find(Section::kListeners, resource.name) != nullptr) continue;
    WhyCase found;
    found.object = fmt::format("listener {}", printable(resource.name));
    found.what = fmt::format("its port is closed: {}", printable(resource.details));
    // Callers that are proxies themselves see UF; whoever expects a route sees none.
    out.add_related(Cause::kRejectedListener, std::move(found), resource.entry, {404, 503},
                    {"NR", "UF"});
  }
}

// Whether the chain asks for something that a connection may lack.
bool selective(const FilterChain& chain) {
  const FilterChainMatch& match = chain.match;
  return !match.server_names.empty() || !match.transport_protocol.empty() ||
         !match.application_protocols.empty() || !match.source_prefix_ranges.empty() ||
         !match.prefix_ranges.empty() || match.destination_port;
}

void unmatched_connections(WhyCollector& out, const Listener& listener) {
  if (listener.default_filter_chain || listener.filter_chains.empty()) return;
  if (!std::all_of(listener.filter_chains.begin(), listener.filter_chains.end(), selective)) return;
  WhyCase found;
  found.object = listener_label(listener);
  found.what = "connections that fit none of its filter chains are closed";
  found.flags = "NR";
  for (const FilterChain& chain : listener.filter_chains) {
    if (chain.match.server_names.empty() || found.hints.size() >= 5) continue;
    found.hints.push_back(
        fmt::format("{} takes the SNI {}", chain_label(listener, chain),
                    printable(fmt::format("{}", fmt::join(chain.match.server_names, ", ")))));
  }
  out.add_related(Cause::kNoFilterChain, std::move(found), listener.source["filter_chains"], {},
                  {"NR"});
}

void missing_secrets(WhyCollector& out, Compiled& compiled, const Listener& listener) {
  for (const FilterChain& chain : listener.filter_chains) {
    const ChainPlan& plan = compiled.chain(chain);
    if (plan.missing_secret.empty()) continue;
    WhyCase found;
    found.object = fmt::format("{} of {}", chain_label(listener, chain), listener_label(listener));
    found.what = fmt::format("TLS connections are closed: the secret {} was not delivered",
                             printable(plan.missing_secret));
    found.resource = to_string(chain.owner);
    out.add_related(Cause::kMissingSecret, std::move(found), chain.source, {503}, {"UF", "UC"});
  }
}

}  // namespace

void collect_listeners(WhyCollector& out) {
  rejected(out);
  Compiled compiled(out.index);
  for (const Resource& resource : out.index.snapshot().resources(Section::kListeners)) {
    if (!resource.serves() || !resource.body) continue;
    const Listener& listener = out.index.listener(resource);
    unmatched_connections(out, listener);
    missing_secrets(out, compiled, listener);
  }
  for (const HttpUse& use : out.index.http_uses()) {
    if (use.route_config != nullptr ||
        use.manager.route_source != HttpConnectionManager::RouteSource::kRds ||
        !out.index.snapshot().has(Section::kRoutes)) {
      continue;
    }
    WhyCase found;
    found.object = listener_label(*use.listener);
    found.what = fmt::format("every request gets 404: the route configuration {} is not there",
                             printable(use.manager.rds_name));
    for (const Resource* other : out.index.all(Section::kRoutes, use.manager.rds_name)) {
      if (other->state == ResourceState::kRejected) {
        found.what += fmt::format(" (Envoy rejected it: {})", printable(other->details));
      }
    }
    found.code = 404;
    found.flags = "NR";
    out.add(Cause::kMissingRouteConfig, std::move(found), use.manager.source["rds"]);
  }
}

}  // namespace xdscope::trace
