#include "json/proto_fields.h"

#include <algorithm>
#include <array>

namespace xdscope::json {
namespace {

constexpr auto kMessage = FieldKind::kMessage;
constexpr auto kMap = FieldKind::kMap;
constexpr auto kStruct = FieldKind::kStruct;

// Sorted by field, then within.
constexpr auto kFieldRules = std::to_array<FieldRule>({
    {"allowedCapabilities", "", kMap},
    {"args", "", kMap},
    {"attachmentTemplate", "", kStruct},
    {"attributes",
     "envoy.extensions.tracers.opentelemetry.resource_detectors.v3."
     "StaticConfigResourceDetectorConfig",
     kMap},
    {"aws", "", kStruct},
    {"base", "", kStruct},
    {"bucketIdBuilder", "bucketIdBuilder", kMap},
    {"certificateProviderInstances", "", kMap},
    {"clusterMinHealthyPercentages", "", kMap},
    {"config", "accessLog", kStruct},
    {"config", "customHealthCheck", kStruct},
    {"config", "envoy.config.trace.v2.DynamicOtConfig", kStruct},
    {"config", "envoy.config.trace.v3.DynamicOtConfig", kStruct},
    {"config", "extensionFilter", kStruct},
    {"config", "filters", kStruct},
    {"config", "fromPlugin", kStruct},
    {"config", "googleGrpc", kStruct},
    {"config", "http", kStruct},
    {"config", "httpFilters", kStruct},
    {"config", "listenerFilters", kStruct},
    {"config", "policies", kStruct},
    {"config", "privateKeyProvider", kStruct},
    {"config", "provider", kStruct},
    {"config", "resourceMonitors", kStruct},
    {"config", "retryHostPredicate", kStruct},
    {"config", "retryPriority", kStruct},
    {"config", "statsSinks", kStruct},
    {"config", "thriftFilters", kStruct},
    {"config", "transportSocket", kStruct},
    {"config", "udpListenerConfig", kStruct},
    {"config", "upstreamLog", kStruct},
    {"consumerConfig", "", kMap},
    {"contentTypes", "", kMap},
    {"contextExtensions", "", kMap},
    {"defaultSubset", "", kStruct},
    {"dimensions", "", kMap},
    {"dynamicParameters", "", kMap},
    {"extensionProtocolOptions", "", kStruct},
    {"extractionByMethod", "", kMap},
    {"extractionsByMethod", "", kMap},
    {"fieldRestrictions", "", kMap},
    {"filterContext", "", kStruct},
    {"filterMetadata", "", kStruct},
    {"hiddenEnvoyDeprecatedConfig", "", kStruct},
    {"hiddenEnvoyDeprecatedExtensionProtocolOptions", "", kStruct},
    {"hiddenEnvoyDeprecatedPerFilterConfig", "", kStruct},
    {"jsonFormat", "", kStruct},
    {"jwtOutputPayloadLocations", "", kMap},
    {"keyValues", "", kMap},
    {"map", "", kMap},
    {"mappedRequestAttributes", "", kMap},
    {"mappedResponseAttributes", "", kMap},
    {"match", "transportSocketMatches", kStruct},
    {"messageRestrictions", "", kMap},
    {"metadata", "node", kStruct},
    {"metadata", "upstreamEndpointStats", kStruct},
    {"metadata", "userAgentBuildVersion", kStruct},
    {"metadata", "version", kStruct},
    {"methodConfigs", "", kMap},
    {"methodRestrictions", "", kMap},
    {"metricsOverrides", "", kMap},
    {"namedEndpoints", "", kMap},
    {"namedFilterChains", "", kMap},
    {"params", "", kMap},
    {"paramsMatch", "", kMap},
    {"perFilterConfig", "", kStruct},
    {"perFilterConfig", "envoy.extensions.filters.network.generic_proxy.action.v3.RouteAction",
     kMap},
    {"pluginsConfig", "", kMap},
    {"policies", "", kMap},
    {"producerConfig", "", kMap},
    {"providers", "", kMap},
    {"record", "envoy.extensions.access_loggers.fluentd.v3.FluentdAccessLogConfig", kStruct},
    {"requestExtractionByField", "", kMap},
    {"requestFieldExtractions", "", kMap},
    {"requestFieldRestrictions", "", kMap},
    {"requirementMap", "", kMap},
    {"requires", "filterStateRules", kMap},
    {"responseExtractionByField", "", kMap},
    {"responseFieldRestrictions", "", kMap},
    {"secretConfigs", "", kMap},
    {"secrets", "", kMap},
    {"services", "istio.workload.Workload", kMap},
    {"sourceCodes", "", kMap},
    {"staticLayer", "", kStruct},
    {"tagOverrides", "", kMap},
    {"tenantConfigs", "", kMap},
    {"transportSocketMatchCriteria", "", kStruct},
    {"typedExtensionProtocolOptions", "", kMap},
    {"typedFilterMetadata", "", kMap},
    {"typedJsonFormat", "", kStruct},
    {"typedPerFilterConfig", "", kMap},
    {"value", "+metadata_namespace", kStruct},
    {"value", "envoy.extensions.filters.http.set_metadata.v3.Config", kStruct},
    {"value", "google.protobuf.ListValue", kStruct},
    {"value", "google.protobuf.Struct", kStruct},
    {"value", "google.protobuf.Value", kStruct},
    {"value", "onError", kStruct},
    {"value", "onMissing", kStruct},
    {"value", "onPresent", kStruct},
    {"value", "record", kStruct},
    {"value", "udpa.type.v1.TypedStruct", kStruct},
    {"value", "xds.type.v3.TypedStruct", kStruct},
});

// Sorted by field, then within.
constexpr auto kSecretRules = std::to_array<SecretRule>({
    {"authPassword", "", Secrecy::kEverywhere},
    {"authUsername", "", Secrecy::kInMessage},
    {"backendToken", "", Secrecy::kEverywhere},
    {"config", "privateKeyProvider", Secrecy::kEverywhere},
    {"contextExtensions", "", Secrecy::kInMessage},
    {"credentials", "envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuth",
     Secrecy::kEverywhere},
    {"credentials", "envoy.extensions.filters.http.api_key_auth.v3.ApiKeyAuthPerRoute",
     Secrecy::kEverywhere},
    {"credentialsDataSource", "", Secrecy::kEverywhere},
    {"downstreamAuthPassword", "", Secrecy::kEverywhere},
    {"downstreamAuthPasswords", "", Secrecy::kEverywhere},
    {"downstreamAuthUsername", "", Secrecy::kInMessage},
    {"hiddenEnvoyDeprecatedConfig", "privateKeyProvider", Secrecy::kEverywhere},
    {"keys", "envoy.api.v2.auth.TlsSessionTicketKeys", Secrecy::kEverywhere},
    {"keys", "envoy.extensions.transport_sockets.tls.v3.TlsSessionTicketKeys",
     Secrecy::kEverywhere},
    {"keys", "sessionTicketKeys", Secrecy::kEverywhere},
    {"password", "", Secrecy::kEverywhere},
    {"pkcs12", "", Secrecy::kEverywhere},
    {"privateKey", "", Secrecy::kEverywhere},
    // Only the name of a secret.
    {"privateKey", "envoy.extensions.filters.http.sxg.v3alpha.SXG", Secrecy::kOpen},
    {"secret", "envoy.api.v2.auth.GenericSecret", Secrecy::kEverywhere},
    {"secret", "envoy.extensions.transport_sockets.tls.v3.GenericSecret", Secrecy::kEverywhere},
    {"secret", "genericSecret", Secrecy::kEverywhere},
    {"secretAccessKey", "", Secrecy::kEverywhere},
    {"secretData", "", Secrecy::kEverywhere},
    {"secrets", "envoy.extensions.transport_sockets.tls.v3.GenericSecret", Secrecy::kEverywhere},
    {"secrets", "genericSecret", Secrecy::kEverywhere},
    {"sessionToken", "", Secrecy::kEverywhere},
    {"typedConfig", "privateKeyProvider", Secrecy::kEverywhere},
    {"users", "envoy.extensions.filters.http.basic_auth.v3.BasicAuth", Secrecy::kEverywhere},
    {"users", "envoy.extensions.filters.http.basic_auth.v3.BasicAuthPerRoute",
     Secrecy::kEverywhere},
    {"webIdentityTokenDataSource", "", Secrecy::kEverywhere},
});

constexpr auto kByFieldAndPlace = [](const auto& a, const auto& b) {
  return a.field != b.field ? a.field < b.field : a.within < b.within;
};
static_assert(std::ranges::is_sorted(kFieldRules, kByFieldAndPlace));
static_assert(std::ranges::is_sorted(kSecretRules, kByFieldAndPlace));

// Packages of Envoy, of the xDS project and of Istio's own Envoy extensions.
constexpr auto kKnownPackages = std::to_array<std::string_view>({
    "envoy.",
    "google.",
    "io.istio.",
    "istio.",
    "metadata_exchange.",
    "stackdriver.config.",
    "stats.",
    "udpa.",
    "xds.",
});

template <class Rule, std::size_t kSize>
std::span<const Rule> rules_of(const std::array<Rule, kSize>& rules, std::string_view field) {
  const auto range = std::ranges::equal_range(rules, field, {}, &Rule::field);
  return {range.begin(), range.end()};
}

bool holds(std::string_view within, const FieldPlace& place) {
  if (within.empty()) return false;
  if (within[0] == '+') return static_cast<bool>(place.message.get(within.substr(1)));
  if (within.find('.') != std::string_view::npos) return place.type == within;
  return place.parent == within;
}

// The row that holds here, else the row for everywhere, else none.
template <class Rule>
const Rule* find_rule(std::span<const Rule> rules, const FieldPlace& place) {
  const Rule* found = nullptr;
  for (const Rule& rule : rules) {
    if (holds(rule.within, place)) return &rule;
    if (rule.within.empty()) found = &rule;
  }
  return found;
}

bool is_field_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

std::span<const FieldRule> field_rules(std::string_view camel) {
  return rules_of(kFieldRules, camel);
}

std::span<const SecretRule> secret_rules(std::string_view camel) {
  return rules_of(kSecretRules, camel);
}

FieldKind field_kind(std::span<const FieldRule> rules, const FieldPlace& place) {
  const FieldRule* rule = find_rule(rules, place);
  return rule == nullptr ? kMessage : rule->kind;
}

Secrecy secrecy(std::span<const SecretRule> rules, const FieldPlace& place) {
  const SecretRule* rule = find_rule(rules, place);
  return rule == nullptr ? Secrecy::kOpen : rule->secrecy;
}

bool is_map_field(std::string_view name) { return !field_rules(to_camel(name)).empty(); }

bool is_secret_field(std::string_view name) {
  const auto rules = secret_rules(to_camel(name));
  return std::ranges::any_of(rules, [](const SecretRule& rule) { return rule.within.empty(); });
}

std::string to_camel(std::string_view name) {
  if (!std::ranges::all_of(name, is_field_name_character)) return std::string(name);
  std::string camel;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    camel += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return camel;
}

bool is_known_type(std::string_view type) {
  const std::string_view name = type_name(type);
  return std::ranges::any_of(
      kKnownPackages, [name](std::string_view package) { return name.starts_with(package); });
}

std::string_view type_name(std::string_view type_url) {
  return type_url.substr(type_url.rfind('/') + 1);
}

}  // namespace xdscope::json
