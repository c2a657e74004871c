#include "rules/support/tls.h"

namespace xdscope::rules {
namespace {

// Unwraps sockets that carry another one, such as the PROXY protocol's.
json::Value context_of(json::Value socket, std::string_view type_name) {
  if (!socket) return {};
  const Extension extension = decode_extension(socket);
  if (extension.type_name() == type_name) return extension.config;
  return context_of(extension.config["transport_socket"], type_name);
}

bool has_trust(json::Value validation) {
  for (const std::string_view field :
       {"trusted_ca", "system_root_certs", "ca_certificate_provider_instance",
        "verify_certificate_hash", "verify_certificate_spki", "custom_validator_config"}) {
    if (validation[field]) return true;
  }
  return false;
}

}  // namespace

std::vector<UpstreamTls> upstream_tls(json::Value cluster) {
  std::vector<UpstreamTls> out;
  if (const json::Value context = context_of(cluster["transport_socket"], "UpstreamTlsContext")) {
    out.push_back({context, {}});
  }
  for (const json::Value match : cluster["transport_socket_matches"].elements()) {
    if (const json::Value context = context_of(match["transport_socket"], "UpstreamTlsContext")) {
      out.push_back({context, match["name"].text()});
    }
  }
  return out;
}

bool sends_plain_text(json::Value cluster) {
  if (cluster["tls_context"]) return false;
  const auto plain = [](json::Value socket) {
    if (!socket) return true;
    const Extension extension = decode_extension(socket);
    return extension.type.empty() ? extension.name.ends_with("raw_buffer")
                                  : extension.type_name() == "RawBuffer";
  };
  for (const json::Value match : cluster["transport_socket_matches"].elements()) {
    if (!plain(match["transport_socket"])) return false;
  }
  return plain(cluster["transport_socket"]);
}

bool verifies_peer(json::Value tls_context) {
  const json::Value common = tls_context["common_tls_context"];
  const json::Value combined = common["combined_validation_context"];
  return common["validation_context_sds_secret_config"] ||
         combined["validation_context_sds_secret_config"] ||
         has_trust(combined["default_validation_context"]) ||
         has_trust(common["validation_context"]);
}

bool is_mesh_tls(json::Value tls_context) {
  if (tls_context["sni"].text().starts_with("outbound_.")) return true;
  for (const json::Value alpn : tls_context["common_tls_context"]["alpn_protocols"].elements()) {
    if (alpn.text().starts_with("istio")) return true;
  }
  return false;
}

json::Value downstream_tls(const FilterChain& chain) {
  return context_of(chain.source["transport_socket"], "DownstreamTlsContext");
}

std::vector<std::string_view> certificate_names(json::Value tls_context) {
  std::vector<std::string_view> names;
  for (const json::Value config :
       tls_context["common_tls_context"]["tls_certificate_sds_secret_configs"].elements()) {
    names.push_back(config["name"].text());
  }
  return names;
}

bool offers_alpn(json::Value tls_context, std::string_view protocol) {
  for (const json::Value alpn : tls_context["common_tls_context"]["alpn_protocols"].elements()) {
    if (alpn.text() == protocol) return true;
  }
  return false;
}

}  // namespace xdscope::rules
