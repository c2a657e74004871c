// From an endpoint that is an internal listener on through that listener, in the same proxy
// (envoy: source/extensions/io_socket/user_space, bootstrap/internal_listener).
#include <fmt/format.h>

#include "base/text.h"
#include "trace/doubts.h"
#include "trace/listener_filters.h"
#include "trace/listener_table.h"
#include "trace/run.h"

namespace xdscope::trace {
namespace {

constexpr int kMaxHops = 4;

// Envoy: the original_dst filter of an internal listener takes what the endpoint's metadata hands
// on.
bool read_original_destination(const Endpoint& endpoint, Connection& connection) {
  const std::string_view local = endpoint.metadata["filter_metadata"]
                                     .at("envoy.filters.listener.original_dst")["local"]
                                     .text();
  const auto colon = local.rfind(':');
  long port = 0;
  if (colon == local.npos || !parse_decimal(local.substr(colon + 1), port)) return false;
  std::string_view host = local.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto ip = parse_ip(host);
  if (!ip || port <= 0 || port > 65535) return false;
  connection.destination = *ip;
  connection.port = static_cast<std::uint32_t>(port);
  return true;
}

Step listener_step(const Listener* listener, std::string_view name) {
  Step step;
  step.stage = Stage::kListener;
  if (listener == nullptr) {
    step.reason =
        fmt::format("no internal listener is called {}: the connection fails", printable(name));
    return step;
  }
  step.chosen = listener->name;
  step.reason = "the endpoint is this internal listener";
  step.evidence = evidence_of(listener->source);
  return step;
}

}  // namespace

std::vector<Outcome> run_internal_hop(Run& run, const ClusterEnd& end, HttpRequest request) {
  const Endpoint& endpoint = *end.internal;
  const Listener* listener = run.compiled.listeners.internal(endpoint.address.host);
  if (run.steps_wanted) run.add(listener_step(listener, endpoint.address.host));
  std::vector<Outcome> found;
  Path path;
  if (listener == nullptr) {
    const Snapshot& snapshot = run.compiled.index.snapshot();
    if (!snapshot.complete(Section::kListeners)) {
      path.doubt(not_complete(snapshot, Section::kListeners));
    }
    found.push_back(close_outcome(
        path, "-", "",
        fmt::format("no internal listener is called {}", printable(endpoint.address.host))));
    return found;
  }
  Connection inner;
  inner.direction = run.connection.direction;
  inner.source = run.connection.source;
  const bool restores = read_original_destination(endpoint, inner);
  inner.destination_known = restores && end.endpoints != nullptr && end.endpoints->size() == 1;
  if (!restores && restores_destination(*listener)) {
    path.doubt(
        "the original destination of the internal connection comes from filter state, which is not "
        "in the dump");
  }
  if (run.internal_hops >= kMaxHops) path.doubt("internal listeners lead to each other");
  std::swap(run.connection, inner);
  std::swap(run.request, request);
  std::swap(run.result.outcomes, found);
  if (path.certain) {
    ++run.internal_hops;
    run_listener(run, *listener, restores, path);
    --run.internal_hops;
  } else {
    add_outcome(run, unknown_outcome(path));
  }
  std::swap(run.connection, inner);
  std::swap(run.request, request);
  std::swap(run.result.outcomes, found);
  return found;
}

}  // namespace xdscope::trace
