#include "trace/transport_socket.h"

namespace xdscope::trace {
namespace {

bool metadata_fits(json::Value wanted, json::Value labels) {
  for (const json::Member member : wanted.members()) {
    const json::Value label = labels.at(member.key);
    if (!label || label.raw() != member.value.raw()) return false;
  }
  return true;
}

json::Value socket_labels(json::Value metadata) {
  return metadata["filter_metadata"].at("envoy.transport_socket_match");
}

}  // namespace

SocketChoice transport_socket_of(const Cluster& cluster, const Endpoint& endpoint,
                                 const LocalityEndpoints* locality) {
  const json::Value own = socket_labels(endpoint.metadata);
  for (const TransportSocketMatch& match : cluster.transport_socket_matches) {
    if (metadata_fits(match.match, own)) {
      return {match.transport_socket ? &*match.transport_socket : nullptr, match.name};
    }
  }
  if (locality != nullptr) {
    const json::Value shared = socket_labels(locality->source["metadata"]);
    for (const TransportSocketMatch& match : cluster.transport_socket_matches) {
      if (shared && metadata_fits(match.match, shared)) {
        return {match.transport_socket ? &*match.transport_socket : nullptr, match.name};
      }
    }
  }
  return {cluster.transport_socket ? &*cluster.transport_socket : nullptr, {}};
}

}  // namespace xdscope::trace
