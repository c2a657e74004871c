#include "rules/user/entity_parts.h"

#include <fmt/format.h>

#include <algorithm>

#include "json/broken.h"

namespace xdscope::rules::user {

std::string owner_json(const ResourceRef& owner) {
  if (!owner) return {};
  ObjectText out;
  out.text("kind", owner.kind);
  out.text("namespace", owner.namespace_);
  out.text("name", owner.name);
  return std::move(out).finish();
}

std::string_view direction_name(Listener::Direction direction) {
  switch (direction) {
    case Listener::Direction::kInbound:
      return "inbound";
    case Listener::Direction::kOutbound:
      return "outbound";
    case Listener::Direction::kUnspecified:
      break;
  }
  return "unspecified";
}

std::string listener_ref_json(const Listener& listener, const Needs& needs) {
  ObjectText out(needs);
  out.text("name", listener.name);
  out.text("address", listener.primary().host);
  out.number("port", listener.primary().port);
  out.text("direction", direction_name(listener.direction));
  return std::move(out).finish();
}

bool is_default(const Listener& listener, const FilterChain& chain) {
  return listener.default_filter_chain && &*listener.default_filter_chain == &chain;
}

std::string chain_ref_json(const Listener& listener, const FilterChain& chain, const Needs& needs) {
  ObjectText out(needs);
  out.text("name", chain.name);
  out.boolean("default", is_default(listener, chain));
  out.texts("server_names", chain.match.server_names);
  out.boolean("tls", static_cast<bool>(tls_context(chain.transport_socket)));
  return std::move(out).finish();
}

std::string chain_object(const Listener& listener, const FilterChain& chain) {
  std::string name(chain.name);
  if (is_default(listener, chain)) {
    name = name.empty() ? "default filter chain" : fmt::format("default filter chain {}", name);
  } else if (!name.empty()) {
    name = fmt::format("filter chain {}", name);
  } else {
    // Without a name it is known by what it matches.
    name = "filter chain";
    if (chain.match.destination_port)
      name += fmt::format(" port {}", *chain.match.destination_port);
    for (const std::string_view server : chain.match.server_names)
      name += fmt::format(" {}", server);
    if (!chain.match.transport_protocol.empty()) {
      name += fmt::format(" {}", chain.match.transport_protocol);
    }
  }
  return fmt::format("{} of listener {}", name, listener.name);
}

json::Value tls_context(const std::optional<Extension>& socket) {
  if (!socket || !socket->type_name().ends_with("TlsContext")) return {};
  return socket->config;
}

std::vector<std::string_view> sds_names(json::Value common) {
  std::vector<std::string_view> names;
  const auto add = [&](json::Value config) {
    if (const auto name = config["name"].string()) names.push_back(*name);
  };
  for (const json::Value config : common["tls_certificate_sds_secret_configs"].elements()) {
    add(config);
  }
  add(common["validation_context_sds_secret_config"]);
  add(common["combined_validation_context"]["validation_context_sds_secret_config"]);
  return names;
}

std::string retries_json(const RetryPolicy* policy) {
  if (policy == nullptr || policy->num_retries == 0) return {};
  ObjectText out;
  out.texts("conditions", policy->retry_on);
  out.number("attempts", policy->num_retries);
  out.json("status_codes", list_text(policy->retriable_status_codes,
                                     [](std::uint32_t code) { return std::to_string(code); }));
  std::optional<double> timeout;
  if (policy->per_try_timeout && policy->per_try_timeout->count() > 0) {
    timeout = std::chrono::duration<double>(*policy->per_try_timeout).count();
  }
  out.number_or_null("per_try_timeout_seconds", timeout);
  return std::move(out).finish();
}

std::string any_json(json::Value value) { return value ? std::string(value.raw()) : "{}"; }

void add_raw(ObjectText& out, json::Value value, bool wanted) {
  out.json("raw", [&] { return wanted ? any_json(value) : std::string("{}"); });
}

void add_name_parts(ObjectText& out, std::string_view name) {
  if (!out.wants("direction") && !out.wants("host") && !out.wants("port") && !out.wants("subset")) {
    return;
  }
  const ClusterName parts = parse_cluster_name(name);
  out.text("direction", parts.direction);
  out.text("host", parts.host);
  out.number_or_null("port", parts.parsed ? std::optional<double>(parts.port) : std::nullopt);
  out.text("subset", parts.subset);
}

std::string cluster_type(const Cluster& cluster) {
  return std::string(cluster.type == Cluster::Type::kCustom ? cluster.custom_type.name
                                                            : cluster_type_name(cluster.type));
}

std::string_view tls_mode(const Cluster& cluster) {
  const bool some_match =
      std::any_of(cluster.transport_socket_matches.begin(), cluster.transport_socket_matches.end(),
                  [](const auto& match) { return tls_context(match.transport_socket); });
  if (some_match) return "per_endpoint";
  const json::Value context = tls_context(cluster.transport_socket);
  if (!context) return "none";
  const json::Value common = context["common_tls_context"];
  const bool certificate = !common["tls_certificates"].empty() ||
                           !common["tls_certificate_sds_secret_configs"].empty() ||
                           common["tls_certificate_provider_instance"];
  return certificate ? "mutual" : "simple";
}

namespace {

struct EndpointCount {
  std::size_t total = 0;
  std::size_t healthy = 0;
};

std::optional<EndpointCount> count_endpoints(const RuleContext& context, const Cluster& cluster) {
  const Members members = context.members(cluster);
  if (!members.known()) return std::nullopt;
  EndpointCount count;
  for (const LocalityEndpoints& locality : members.assignment->localities) {
    count.total += locality.endpoints.size();
    count.healthy += static_cast<std::size_t>(
        std::count_if(locality.endpoints.begin(), locality.endpoints.end(),
                      [](const Endpoint& endpoint) { return endpoint.healthy(); }));
  }
  return count;
}

}  // namespace

void add_endpoint_count(ObjectText& out, const RuleContext& context, const Cluster* cluster) {
  if (!out.wants("has_endpoints") && !out.wants("total_endpoints") &&
      !out.wants("healthy_endpoints")) {
    return;
  }
  const auto count = cluster == nullptr ? std::nullopt : count_endpoints(context, *cluster);
  std::optional<bool> some;
  std::optional<double> total;
  std::optional<double> healthy;
  if (count) {
    some = count->total > 0;
    total = static_cast<double>(count->total);
    healthy = static_cast<double>(count->healthy);
  }
  out.boolean_or_null("has_endpoints", some);
  out.number_or_null("total_endpoints", total);
  out.number_or_null("healthy_endpoints", healthy);
}

std::string Targets::details(std::string_view name) const {
  const Resource* resource = context_.cluster_resource(name);
  std::optional<bool> exists;
  std::string_view state = "unknown";
  if (resource != nullptr) {
    exists = true;
    state = state_name(resource->state);
  } else if (context_.lacks_cluster(name)) {
    exists = false;
    state = "missing";
  } else if (context_.has(Input::kClusters)) {
    for (const Resource& other : context_.resources(Section::kClusters)) {
      if (other.name != name || other.state != ResourceState::kWarming) continue;
      exists = false;
      state = "warming";
    }
  }
  ObjectText out(needs_);
  out.boolean_or_null("exists", exists);
  out.text("state", state);
  add_name_parts(out, name);
  const bool decodable = resource != nullptr && resource->body.is_object();
  const Cluster* cluster = decodable ? &context_.cluster(*resource) : nullptr;
  // Envoy cannot hold a cluster with a field of a wrong type: what it has is not known.
  if (cluster != nullptr && json::broken_in(resource->entry)) cluster = nullptr;
  out.json("type",
           [&] { return cluster == nullptr ? std::string() : quoted(cluster_type(*cluster)); });
  out.json("tls_mode",
           [&] { return cluster == nullptr ? std::string() : quoted(tls_mode(*cluster)); });
  add_endpoint_count(out, context_, cluster);
  return std::move(out).finish();
}

std::string Targets::json(std::string_view cluster, std::uint32_t weight) {
  auto known = details_.find(cluster);
  if (known == details_.end()) known = details_.emplace(cluster, details(cluster)).first;
  ObjectText out(needs_);
  out.text("name", cluster);
  out.number("weight", weight);
  std::string text = std::move(out).finish();
  const std::string& details = known->second;
  if (details.size() == 2) return text;
  if (text.size() == 2) return details;
  text.back() = ',';
  return text.append(details, 1);
}

}  // namespace xdscope::rules::user
