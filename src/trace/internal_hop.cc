// From an endpoint that is an internal listener on through that listener, in the same proxy
// (envoy: source/extensions/io_socket/user_space, bootstrap/internal_listener).
#include <fmt/format.h>

#include "base/text.h"
#include "trace/doubts.h"
#include "trace/listener_filters.h"
#include "trace/listener_table.h"
#include "trace/run.h"
#include "trace/transport_socket.h"

namespace xdscope::trace {
namespace {

constexpr int kMaxHops = 4;

// Envoy: the original_dst filter of an internal listener takes what the endpoint's metadata hands
// on.
bool read_original_destination(const Endpoint& endpoint, Connection& connection) {
  const std::string_view local = endpoint.metadata["filter_metadata"]
                                     .at("envoy.filters.listener.original_dst")["local"]
                                     .text();
  const auto address = parse_ip_and_port(local);
  if (!address || address->port == 0) return false;
  connection.destination = address->ip;
  connection.port = address->port;
  return true;
}

// What the internal listener sees of TLS: that of the cluster's transport socket; where it has none
// and bytes are passed on, the client's own. False where that cannot be told.
bool speak_through(const Run& run, const Cluster& cluster, const Host& host, bool carries_bytes,
                   Connection& inner) {
  const Connection& outer = run.connection;
  if (carries_bytes) {
    inner.http2 = outer.http2;
    inner.http1_0 = outer.http1_0;
  }
  const SocketChoice choice = transport_socket_of(cluster, *host.endpoint, host.locality);
  std::optional<Extension> socket;
  if (choice.socket != nullptr) socket = *choice.socket;
  if (socket && socket->type_name() == "InternalUpstreamTransport") {
    socket = decode_extension(socket->config["transport_socket"]);
  }
  if (!socket || socket->type_name() == "RawBuffer") {
    if (!carries_bytes || !outer.tls || outer.tls_terminated) return true;
    inner.tls = true;
    inner.sni = outer.sni;
    inner.alpn = outer.alpn;
    inner.identity = outer.identity;
    return true;
  }
  if (socket->type_name() != "UpstreamTlsContext") return false;
  const json::Value common = socket->config["common_tls_context"];
  inner.tls = true;
  inner.sni = socket->config["sni"].text();
  for (const json::Value protocol : common["alpn_protocols"].elements()) {
    inner.alpn.push_back(protocol.text());
  }
  if (common["tls_certificates"].empty() && common["tls_certificate_sds_secret_configs"].empty()) {
    inner.identity = "";
  }
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

std::vector<Outcome> run_internal_hop(Run& run, const ClusterEnd& end, HttpRequest request,
                                      bool carries_bytes) {
  const Endpoint& endpoint = *end.internal->endpoint;
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
  inner.local_address = no_address();
  // Only an original_dst filter hands the client's address on.
  inner.source = restores_destination(*listener) ? run.connection.source : no_address();
  if (!speak_through(run, *end.internal_cluster, *end.internal, carries_bytes, inner)) {
    path.doubt("the transport socket of the internal connection is not evaluated");
  }
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
