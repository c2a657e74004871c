#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/istio.h"
#include "rules/support/tls.h"

namespace xdscope::rules {
namespace {

struct Validation {
  bool verifies = false;
  bool checks_name = false;
};

void look_at(json::Value validation, Validation& out) {
  if (validation["trusted_ca"] || validation["ca_certificate_provider_instance"] ||
      validation["system_root_certs"]) {
    out.verifies = true;
  }
  for (const std::string_view field :
       {"match_typed_subject_alt_names", "match_subject_alt_names", "verify_subject_alt_name",
        "verify_certificate_hash", "verify_certificate_spki"}) {
    if (!validation[field].empty()) out.checks_name = true;
  }
  if (validation["custom_validator_config"]) out.checks_name = true;
}

// What the secret adds, where the dump has it; where not, the benefit of the doubt.
void look_at_secret(const RuleContext& context, std::string_view name, Validation& out) {
  if (name.empty()) return;
  out.verifies = true;
  for (const Resource& secret : context.resources(Section::kSecrets)) {
    if (secret.name == name && secret.serves()) {
      look_at(secret.body["validation_context"], out);
      return;
    }
  }
}

Validation validation_of(const RuleContext& context, json::Value tls) {
  Validation out;
  const json::Value common = tls["common_tls_context"];
  look_at(common["validation_context"], out);
  const json::Value combined = common["combined_validation_context"];
  look_at(combined["default_validation_context"], out);
  look_at_secret(context, combined["validation_context_sds_secret_config"]["name"].text(), out);
  look_at_secret(context, common["validation_context_sds_secret_config"]["name"].text(), out);
  return out;
}

bool checks_sni(json::Value cluster, json::Value tls) {
  const json::Value options = cluster["typed_extension_protocol_options"].at(
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions");
  return tls["auto_sni_san_validation"].boolean_or(false) ||
         options["upstream_http_protocol_options"]["auto_san_validation"].boolean_or(false);
}

// A host that Kubernetes does not resolve.
bool is_external(const Resource& cluster) {
  const ClusterName name = parse_cluster_name(cluster.name);
  return name.parsed && name.direction == "outbound" && !name.host.ends_with(".svc") &&
         name.host.find(".svc.") == std::string_view::npos;
}

}  // namespace

void check_tl009(const RuleContext& context, Reporter& report) {
  for (const Resource* cluster : context.clusters()) {
    for (const auto& [tls, match] : upstream_tls(cluster->body)) {
      // Istio's own, within the mesh.
      if (match.starts_with("tlsMode-") || match == "hbone") continue;
      const Validation validation = validation_of(context, tls);
      if (!validation.verifies || validation.checks_name || checks_sni(cluster->body, tls))
        continue;
      const bool external = is_external(*cluster);
      report.add({.object = fmt::format("cluster {}", cluster->name),
                  .at = tls,
                  .message = fmt::format("{} accepts every certificate that its authority has "
                                         "signed, whatever name it is for",
                                         cluster->name),
                  .resource = resource_of(decode_owner(cluster->body["metadata"]),
                                          "spec.trafficPolicy.tls.subjectAltNames"),
                  .severity = external ? Severity::kWarning : Severity::kInfo});
    }
  }
}

}  // namespace xdscope::rules
