#include "trace/http_filters/http_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xdscope::trace {
namespace {

struct KnownFilter {
  std::string_view type;  // the last name of the message type; "": told by its package
  std::string_view name;  // of filters without a type: the last part of the filter's name
  FilterFactory make;     // nullptr: lets every request pass
};

// Every HTTP filter whose effect on the result is known. What is not in this list may do anything.
constexpr std::array kKnownFilters = std::to_array<KnownFilter>({
    {"RBAC", "rbac", make_rbac_filter},
    {"JwtAuthentication", "jwt_authn", make_jwt_authn_filter},
    {"HTTPFault", "fault", make_fault_filter},
    {"Cors", "cors", make_cors_filter},
    {"LocalRateLimit", "local_ratelimit", make_local_ratelimit_filter},
    {"ExtAuthz", "ext_authz", make_ext_authz_filter},
    {"CsrfPolicy", "csrf", make_csrf_filter},
    {"HealthCheck", "health_check", make_health_check_filter},
    {"ExtensionWithMatcher", "match_delegate", make_match_delegate_filter},
    {"HeaderMutation", "header_mutation", make_header_mutation_filter},
    {"", "set_metadata", make_set_metadata_filter},
    {"Buffer", "buffer", nullptr},  // refuses large bodies; a request here has none
    {"BandwidthLimit", "bandwidth_limit", nullptr},
    {"Composite", "composite", nullptr},  // without a matcher around it, it has nothing to do
    {"OnDemand", "on_demand", nullptr},
    {"Router", "router", nullptr},
    {"Compressor", "compressor", nullptr},
    {"Decompressor", "decompressor", nullptr},
    {"Gzip", "gzip", nullptr},
    {"", "grpc_stats", nullptr},
    {"GrpcWeb", "grpc_web", make_grpc_web_filter},
    {"", "stats", nullptr},
    {"", "istio_stats", nullptr},
    {"MetadataExchange", "metadata_exchange", nullptr},
    {"", "peer_metadata", nullptr},
    {"AlpnOverrideConfig", "alpn", nullptr},
    {"UpstreamCodec", "upstream_codec", nullptr},
    {"Tap", "tap", nullptr},
});

std::string_view short_name(std::string_view name) { return name.substr(name.rfind('.') + 1); }

// Messages with names that say nothing: told apart by their package.
bool passes_by_package(const Extension& filter) {
  for (const std::string_view package :
       {"io.istio.http.peer_metadata", "io.istio.network.metadata_exchange", "stats.PluginConfig",
        "istio.envoy.config.filter.http.alpn", "envoy.extensions.filters.http.set_filter_state",
        "envoy.extensions.filters.http.grpc_stats", "envoy.tcp.metadataexchange"}) {
    if (filter.type.starts_with(package)) return true;
  }
  return false;
}

// Its message is called Config.
bool is_set_metadata(const Extension& filter) {
  return filter.type.starts_with("envoy.extensions.filters.http.set_metadata.");
}

class OpaqueFilter final : public HttpFilter {
 public:
  OpaqueFilter(std::string reason, json::Value source)
      : reason_(std::move(reason)), source_(source) {}
  FilterVerdict run(FilterInput&, bool) const override {
    FilterVerdict verdict;
    verdict.may_change = reason_;
    verdict.evidence = source_;
    return verdict;
  }

 private:
  std::string reason_;
  json::Value source_;
};

std::unique_ptr<HttpFilter> decides_elsewhere(const Extension& filter) {
  return make_opaque_filter(
      fmt::format("filter {} ({}) decides by code or a service that is not in the dump: it may "
                  "change the result",
                  filter.name, filter.type_name().empty() ? "no type" : filter.type_name()),
      filter.source);
}

}  // namespace

std::unique_ptr<HttpFilter> make_opaque_filter(std::string reason, json::Value source) {
  return std::make_unique<OpaqueFilter>(std::move(reason), source);
}

bool is_builtin_wasm(const Extension& filter) {
  if (filter.type_name() != "Wasm") return false;
  const json::Value vm = filter.config["config"]["vm_config"];
  return vm["runtime"].text() == "envoy.wasm.runtime.null" &&
         vm["code"]["local"]["inline_string"].text().starts_with("envoy.wasm.");
}

Extension delivered(const Extension& filter, const Index& index, bool& undelivered) {
  if (!filter.config_discovery) return filter;
  Extension out = filter;
  const Resource* resource = index.find(Section::kEcds, filter.name);
  if (resource != nullptr && resource->body) {
    const Extension found = decode_extension(resource->body);
    out.type = found.type;
    out.config = found.config;
    return out;
  }
  if (const json::Value fallback = filter.source["config_discovery"]["default_config"]) {
    const Extension found = decode_any(filter.name, fallback);
    out.type = found.type;
    out.config = found.config;
    return out;
  }
  undelivered = true;
  return out;
}

InstalledFilter install_filter(const Extension& filter, const Index& index, const Runtime& runtime,
                               Version envoy) {
  InstalledFilter out;
  out.name = filter.name;
  out.disabled = filter.disabled;
  out.source = filter.source;
  const Extension actual = delivered(filter, index, out.undelivered);
  out.type = actual.type;
  out.router = actual.type_name() == "Router" ||
               (actual.type.empty() && short_name(filter.name) == "router");
  if (out.undelivered) {
    // Without the ECDS section in the dump nothing is known; with it, Envoy answers 500 itself.
    if (!index.snapshot().has(Section::kEcds)) {
      out.undelivered = false;
      out.filter = decides_elsewhere(filter);
    }
    return out;
  }
  if (passes_by_package(actual) || is_builtin_wasm(actual)) return out;
  const auto known =
      std::find_if(kKnownFilters.begin(), kKnownFilters.end(), [&](const KnownFilter& candidate) {
        if (is_set_metadata(actual)) return candidate.make == make_set_metadata_filter;
        if (!actual.type.empty()) return candidate.type == actual.type_name();
        return candidate.name == short_name(filter.name);
      });
  if (known == kKnownFilters.end()) {
    out.filter = decides_elsewhere(actual);
  } else if (known->make != nullptr) {
    out.filter = known->make({actual, index, runtime, envoy});
  }
  return out;
}

Extension route_config_of(std::string_view filter_name, const FilterInput& input) {
  if (input.route_config == nullptr) return {};
  const PerFilterConfig found = per_filter_config(*input.route_config, input.route, filter_name);
  if (!found) return {};
  Extension out = decode_any(filter_name, found.value);
  if (out.type_name() == "FilterConfig" && out.type.starts_with("envoy.config.route.")) {
    return decode_any(filter_name, out.config["config"]);
  }
  return out;
}

bool runs_for(const InstalledFilter& filter, const FilterInput& input) {
  if (input.route_config != nullptr) {
    const PerFilterConfig found = per_filter_config(*input.route_config, input.route, filter.name);
    if (found) {
      const Extension config = decode_any(filter.name, found.value);
      if (config.type_name() == "FilterConfig" && config.type.starts_with("envoy.config.route.")) {
        return !config.config["disabled"].boolean_or(false);
      }
      return true;
    }
  }
  return !filter.disabled;
}

}  // namespace xdscope::trace
