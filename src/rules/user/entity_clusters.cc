#include "rules/user/entity_clusters.h"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "base/certificate.h"
#include "base/time.h"
#include "rules/support/clusters.h"
#include "rules/support/istio.h"
#include "rules/user/entity_parts.h"

namespace xdscope::rules::user {
namespace {

double seconds_of(json::Value duration, double otherwise) {
  const auto value = decode_duration(duration);
  return value ? std::chrono::duration<double>(*value).count() : otherwise;
}

std::string thresholds_json(const CircuitBreaker& breaker) {
  ObjectText out;
  out.number("max_connections", breaker.max_connections);
  out.number("max_pending_requests", breaker.max_pending_requests);
  out.number("max_requests", breaker.max_requests);
  out.number("max_retries", breaker.max_retries);
  return std::move(out).finish();
}

// Defaults as envoy.config.cluster.v3.OutlierDetection documents them.
std::string outlier_json(json::Value detection) {
  if (!detection) return {};
  const auto number = [&](std::string_view field, double otherwise) {
    return detection[field].number().value_or(otherwise);
  };
  ObjectText out;
  out.number("consecutive_5xx", number("consecutive_5xx", 5));
  out.number("consecutive_gateway_errors", number("consecutive_gateway_failure", 5));
  out.number("interval_seconds", seconds_of(detection["interval"], 10));
  out.number("base_ejection_seconds", seconds_of(detection["base_ejection_time"], 30));
  out.number("max_ejection_percent", number("max_ejection_percent", 10));
  return std::move(out).finish();
}

bool verifies(json::Value common) {
  const auto checks = [](json::Value context) {
    return context["trusted_ca"] || !context["verify_certificate_hash"].empty() ||
           !context["verify_certificate_spki"].empty();
  };
  const json::Value combined = common["combined_validation_context"];
  return checks(common["validation_context"]) || checks(combined["default_validation_context"]) ||
         combined["validation_context_sds_secret_config"] ||
         common["validation_context_sds_secret_config"];
}

std::string upstream_tls_json(const Cluster& cluster) {
  json::Value context = tls_context(cluster.transport_socket);
  for (const TransportSocketMatch& match : cluster.transport_socket_matches) {
    if (!context) context = tls_context(match.transport_socket);
  }
  const json::Value common = context["common_tls_context"];
  ObjectText out;
  out.text("mode", tls_mode(cluster));
  out.text("sni", context["sni"].text());
  out.boolean("verifies", verifies(common));
  out.texts("secrets", sds_names(common));
  return std::move(out).finish();
}

std::set<std::string> zones_of(const RuleContext& context, const Cluster& cluster) {
  std::set<std::string> zones;
  const Members members = context.members(cluster);
  if (!members.known()) return zones;
  for (const LocalityEndpoints& locality : members.assignment->localities) {
    if (locality.endpoints.empty() || locality.locality.zone.empty()) continue;
    zones.insert(fmt::format("{}/{}", locality.locality.region, locality.locality.zone));
  }
  return zones;
}

std::string cluster_object(const Cluster& cluster) {
  return fmt::format("cluster {}", cluster.name);
}

std::string endpoint_json(const Cluster& cluster, const LocalityEndpoints& locality,
                          const Endpoint& endpoint, const Wanted& wanted) {
  ObjectText out(wanted.needs);
  out.text("address", endpoint.address.host);
  out.number("port", endpoint.address.port);
  out.text("hostname", endpoint.hostname);
  out.text("health", health_status_name(endpoint.health));
  out.boolean("healthy", endpoint.healthy());
  out.number("weight", endpoint.weight);
  out.number("priority", locality.priority);
  out.json("locality", [&] {
    ObjectText where(out.of("locality"));
    where.text("region", locality.locality.region);
    where.text("zone", locality.locality.zone);
    where.text("sub_zone", locality.locality.sub_zone);
    return std::move(where).finish();
  });
  out.json("metadata", [&] { return any_json(endpoint.metadata); });
  out.json("cluster", [&] {
    ObjectText of(out.of("cluster"));
    of.text("name", cluster.name);
    add_name_parts(of, cluster.name);
    return std::move(of).finish();
  });
  add_raw(out, endpoint.source, wanted.raw);
  return std::move(out).finish();
}

EntityLabel endpoint_label(const Cluster& cluster, const Endpoint& endpoint) {
  // Pods come and go: a finding is about the cluster.
  return {fmt::format("endpoint {} of {}", to_string(endpoint.address), cluster_object(cluster)),
          fmt::format("endpoints of {}", cluster_object(cluster)), resource_of(cluster.owner, {})};
}

constexpr const char* kSecretTypes[] = {"tls_certificate", "validation_context",
                                        "session_ticket_keys", "generic_secret"};

std::string certificate_json(const RuleContext& context, json::Value secret) {
  for (const json::Value source : {secret["tls_certificate"]["certificate_chain"],
                                   secret["validation_context"]["trusted_ca"]}) {
    std::string pem(source["inline_string"].text());
    if (pem.empty()) {
      auto decoded = decode_base64(source["inline_bytes"].text());
      if (decoded) pem = std::move(*decoded);
    }
    const auto certificate = parse_certificate(pem);
    if (!certificate) continue;
    const auto now =
        std::chrono::duration_cast<std::chrono::seconds>(context.now().time_since_epoch()).count();
    ObjectText out;
    out.number("expires_in_days",
               std::floor(static_cast<double>(certificate->not_after - now) / 86400));
    out.text("not_after", format_time(certificate->not_after));
    out.texts("dns_names", certificate->dns_names);
    out.texts("uris", certificate->uris);
    out.boolean("ca", certificate->is_ca);
    return std::move(out).finish();
  }
  return {};
}

std::string services_json(const Cluster& cluster, const Needs& needs) {
  return list_text(cluster.services, [&](const ServiceRef& service) {
    ObjectText part(needs);
    part.text("host", service.host);
    part.text("name", service.name);
    part.text("namespace", service.namespace_);
    return std::move(part).finish();
  });
}

std::string circuit_breakers_json(const Cluster& cluster, const Needs& needs) {
  ObjectText out(needs);
  out.json("default", [&] { return thresholds_json(cluster.default_priority); });
  out.json("high", [&] { return thresholds_json(cluster.high_priority); });
  return std::move(out).finish();
}

std::string cluster_json(const RuleContext& context, const Resource& resource,
                         const Cluster& cluster, const Wanted& wanted) {
  ObjectText out(wanted.needs);
  out.text("name", cluster.name);
  out.text("state", state_name(resource.state));
  add_name_parts(out, cluster.name);
  out.json("type", [&] { return quoted(cluster_type(cluster)); });
  out.text("lb_policy", cluster.lb_policy);
  out.json("connect_timeout_seconds",
           [&] { return number_text(seconds_of(cluster.source["connect_timeout"], 5)); });
  out.json("http2", [&] { return std::string(speaks_http2(cluster) ? "true" : "false"); });
  out.json("tls", [&] { return upstream_tls_json(cluster); });
  add_endpoint_count(out, context, &cluster);
  out.texts("zones", [&] { return zones_of(context, cluster); });
  out.json("circuit_breakers",
           [&] { return circuit_breakers_json(cluster, out.of("circuit_breakers")); });
  out.json("outlier_detection", [&] { return outlier_json(cluster.outlier_detection); });
  out.number("healthy_panic_threshold", cluster.healthy_panic_threshold);
  out.json("services", [&] { return services_json(cluster, out.of("services")); });
  out.json("owner", [&] { return owner_json(cluster.owner); });
  add_raw(out, cluster.source, wanted.raw);
  return std::move(out).finish();
}

}  // namespace

void each_cluster(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  for (const Resource* resource : context.clusters()) {
    const Cluster& cluster = context.cluster(*resource);
    sink({cluster_json(context, *resource, cluster, wanted), cluster.source, [&cluster] {
            const std::string object = cluster_object(cluster);
            return EntityLabel{object, object, resource_of(cluster.owner, {})};
          }});
  }
}

void each_endpoint(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  for (const Resource* resource : context.clusters()) {
    const Cluster& cluster = context.cluster(*resource);
    const Members members = context.members(cluster);
    if (!members.known()) continue;
    for (const LocalityEndpoints& locality : members.assignment->localities) {
      for (const Endpoint& endpoint : locality.endpoints) {
        sink({endpoint_json(cluster, locality, endpoint, wanted), endpoint.source,
              [&cluster, &endpoint] { return endpoint_label(cluster, endpoint); }});
      }
    }
  }
}

void each_secret(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  for (const Resource& resource : context.resources(Section::kSecrets)) {
    std::string_view type = "none";
    for (const char* candidate : kSecretTypes) {
      if (resource.body[candidate]) type = candidate;
    }
    ObjectText out(wanted.needs);
    out.text("name", resource.name);
    out.text("state", state_name(resource.state));
    out.text("type", type);
    out.json("certificate", [&] { return certificate_json(context, resource.body); });
    add_raw(out, resource.body, wanted.raw);
    const json::Value at = resource.body ? resource.body : resource.entry;
    sink({std::move(out).finish(), at, [&resource] {
            const std::string object = fmt::format("secret {}", resource.name);
            return EntityLabel{object, object, std::nullopt};
          }});
  }
}

}  // namespace xdscope::rules::user
