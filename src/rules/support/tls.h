// TLS contexts of clusters and filter chains.
#pragma once

#include <string_view>
#include <vector>

#include "xdscope/model/cluster.h"
#include "xdscope/model/listener.h"

namespace xdscope::rules {

// A cluster's UpstreamTlsContexts: that of transport_socket and those of transport_socket_matches.
// Takes the cluster as JSON: most clusters of a mesh are looked at.
struct UpstreamTls {
  json::Value context;
  std::string_view match;  // transport_socket_matches[].name; "" for the unconditional one
};
std::vector<UpstreamTls> upstream_tls(json::Value cluster);
// Neither TLS nor any transport socket that is not known goes to any of its endpoints.
bool sends_plain_text(json::Value cluster);

// Whether the peer's certificate is checked against anything: a CA, a pinned hash or key, a custom
// validator.
bool verifies_peer(json::Value tls_context);
// Istio's own mutual TLS: an ALPN of istio, or an SNI of the form outbound_.….
bool is_mesh_tls(json::Value tls_context);

// The DownstreamTlsContext of a filter chain; absent for plain text.
json::Value downstream_tls(const FilterChain& chain);
// common_tls_context.tls_certificate_sds_secret_configs[].name.
std::vector<std::string_view> certificate_names(json::Value tls_context);
bool offers_alpn(json::Value tls_context, std::string_view protocol);

}  // namespace xdscope::rules
