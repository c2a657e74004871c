#include "rules/user/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>

#include "rules/suggest.h"

namespace xdscope::rules::user {
namespace {

// A type is written as in the pages: "string", "number?" (may be null), "[string]" (a list), the
// name of a shape, or "any" for raw configuration.
struct Row {
  std::string_view name;
  std::string_view type;
  std::string_view description;
};
struct Table {
  std::string_view name;
  std::string_view description;
  std::vector<Row> rows;
};

constexpr std::string_view kRaw =
    "the configuration as it stands in the dump, defaults left out; filled in where the rule names "
    "it";

// Shapes come before those that use them; entities last.
std::vector<Table> part_tables() {
  return {
      {"owner",
       "The Kubernetes resource that Istio made it from.",
       {{"kind", "string", "`VirtualService`, `HTTPRoute`, `DestinationRule`, …"},
        {"namespace", "string", "its namespace"},
        {"name", "string", "its name"}}},
      {"listener_ref",
       "A listener that uses the entity.",
       {{"name", "string", "its name"},
        {"address", "string", "the primary address, without the port"},
        {"port", "number", "the primary address's port"},
        {"direction", "string", "`inbound`, `outbound` or `unspecified`"}}},
      {"filter_ref",
       "A network filter.",
       {{"name", "string", "its name"},
        {"type", "string", "the last name of its message type: `TcpProxy`"}}},
      {"chain_ref",
       "The filter chain of an entity.",
       {{"name", "string", "its name; empty where it has none"},
        {"default", "boolean", "whether it is the listener's default filter chain"},
        {"server_names", "[string]", "the SNI names that it matches; empty: any"},
        {"tls", "boolean", "whether it terminates TLS"}}},
      {"downstream_tls",
       "TLS on the client's side.",
       {{"require_client_certificate", "boolean", "whether clients must show a certificate"},
        {"minimum_version", "string", "`TLSv1_2` (Envoy's default), `TLSv1_3`, …"},
        {"secrets", "[string]", "the SDS names of certificates and validation contexts"}}},
      {"upstream_tls",
       "TLS towards a cluster's endpoints.",
       {{"mode", "string",
         "`none`, `simple`, `mutual` (a client certificate is shown), or `per_endpoint` "
         "(transport_socket_matches: Istio's automatic mTLS)"},
        {"sni", "string", "the SNI sent; empty: none"},
        {"verifies", "boolean", "whether the server's certificate is verified"},
        {"secrets", "[string]", "the SDS names of certificates and validation contexts"}}},
      {"service",
       "A Kubernetes service behind a cluster.",
       {{"host", "string", "`reviews.default.svc.cluster.local`"},
        {"name", "string", "its name"},
        {"namespace", "string", "its namespace"}}},
      {"target",
       "A cluster that something points at.",
       {{"name", "string", "the cluster's name"},
        {"weight", "number", "its share in weighted clusters; 1 where it is the only one"},
        {"exists", "boolean?",
         "whether Envoy has the cluster; null where the dump has no clusters"},
        {"state", "string",
         "`active`, `static`, `warming`, `missing`, or `unknown` where the dump has no clusters"},
        {"direction", "string", "`outbound`, `inbound`, or empty for a name that is not Istio's"},
        {"host", "string", "the host in Istio's name; else the whole name"},
        {"port", "number?", "the port in Istio's name"},
        {"subset", "string", "the subset in Istio's name; empty: none"},
        {"type", "string?", "as a cluster's `type`"},
        {"tls_mode", "string?", "as a cluster's `tls.mode`"},
        {"has_endpoints", "boolean?", "whether it has any; null where the dump does not say"},
        {"total_endpoints", "number?", "how many; null where the dump does not say"},
        {"healthy_endpoints", "number?", "how many are healthy or of unknown health"}}},
      {"thresholds",
       "Circuit breakers of one priority.",
       {{"max_connections", "number", "1024 where it is not set"},
        {"max_pending_requests", "number", "1024 where it is not set"},
        {"max_requests", "number", "1024 where it is not set"},
        {"max_retries", "number", "3 where it is not set"}}},
      {"circuit_breakers",
       "Circuit breakers of a cluster.",
       {{"default", "thresholds", "for requests of default priority"},
        {"high", "thresholds", "for requests of high priority"}}},
      {"outlier_detection",
       "Ejection of endpoints that answer with errors.",
       {{"consecutive_5xx", "number", "5 where it is not set; 0: off"},
        {"consecutive_gateway_errors", "number", "5 where it is not set; 0: off"},
        {"interval_seconds", "number", "10 where it is not set"},
        {"base_ejection_seconds", "number", "30 where it is not set"},
        {"max_ejection_percent", "number", "10 where it is not set"}}},
      {"retries",
       "Retries; a virtual host's policy stands where a route has none.",
       {{"conditions", "[string]", "`retry_on`: `connect-failure`, `5xx`, …"},
        {"attempts", "number", "`num_retries`: 1 where it is not set"},
        {"status_codes", "[number]", "`retriable_status_codes`"},
        {"per_try_timeout_seconds", "number?", "null: the route's timeout holds"}}},
      {"header_match",
       "A header that a route asks for.",
       {{"name", "string", "the header; `:method` and `:authority` among them"},
        {"kind", "string",
         "`exact`, `prefix`, `suffix`, `contains`, `regex`, `present`, `range` or `custom`"},
        {"value", "string", "what it is compared with; empty for `present`, `range` and `custom`"},
        {"invert", "boolean", "whether the header must not match"}}},
      {"match",
       "What a route matches.",
       {{"kind", "string",
         "`prefix`, `exact`, `regex`, `path_separated_prefix`, `connect`, `template` or `none`"},
        {"path", "string", "the path, prefix or expression"},
        {"case_sensitive", "boolean", "true where it is not set"},
        {"headers", "[header_match]", "all must match"},
        {"query_parameters", "[string]", "the names of the query parameters asked for"},
        {"grpc", "boolean", "gRPC requests only"}}},
      {"redirect",
       "An answer that sends the client elsewhere.",
       {{"code", "number", "301 where it is not set"},
        {"https", "boolean", "whether the scheme becomes https"},
        {"host", "string", "the new host; empty: kept"},
        {"path", "string", "the new path; empty: kept"}}},
      {"route_config_ref",
       "The route configuration of an entity.",
       {{"name", "string", "its name"},
        {"inline", "boolean", "whether it stands in a listener, not delivered by RDS"}}},
      {"virtual_host_ref",
       "The virtual host of an entity.",
       {{"name", "string", "its name"},
        {"domains", "[string]", "its domains"},
        {"require_tls", "string", "`none`, `external_only` or `all`"}}},
      {"cluster_ref",
       "The cluster of an endpoint.",
       {{"name", "string", "its name"},
        {"direction", "string", "`outbound`, `inbound`, or empty for a name that is not Istio's"},
        {"host", "string", "the host in Istio's name; else the whole name"},
        {"port", "number?", "the port in Istio's name"},
        {"subset", "string", "the subset in Istio's name; empty: none"}}},
      {"locality",
       "Where an endpoint runs.",
       {{"region", "string", "empty where it is not set"},
        {"zone", "string", "empty where it is not set"},
        {"sub_zone", "string", "empty where it is not set"}}},
      {"certificate",
       "The first certificate of a secret.",
       {{"expires_in_days", "number", "whole days from now; negative: it has expired"},
        {"not_after", "string", "`2026-11-23T06:23:28Z`"},
        {"dns_names", "[string]", "subject alternative names"},
        {"uris", "[string]", "subject alternative names: `spiffe://…`"},
        {"ca", "boolean", "whether it is a certificate authority's"}}},
  };
}

std::vector<Row> route_core() {
  return {
      {"name", "string", "its name; often empty"},
      {"match", "match", "what it matches"},
      {"methods", "[string]", "which of GET, HEAD, POST, PUT, DELETE, PATCH and OPTIONS can match"},
      {"action", "string",
       "`route`, `redirect`, `direct_response`, `filter`, `non_forwarding` or `none`"},
      {"timeout_seconds", "number?",
       "for the whole request, retries included: 15 where it is not set, 0: no limit; null "
       "where the action is not `route`"},
      {"timeout_set", "boolean", "whether the configuration says so itself"},
      {"retries", "retries?", "null: it does not retry"},
      {"clusters", "[target]", "where requests go; mirrors are not among them"},
      {"mirrors", "[target]", "where copies of requests go"},
      {"cluster_header", "string", "the request header that names the cluster; empty: none"},
      {"prefix_rewrite", "string", "the new prefix; empty where it is not set"},
      {"host_rewrite", "string", "a constant new host; empty where it is not set"},
      {"hash_policy", "boolean", "whether requests are hashed to endpoints"},
      {"high_priority", "boolean", "whether circuit breakers of high priority hold"},
      {"redirect", "redirect?", "for the action `redirect`"},
      {"response_status", "number?", "for the action `direct_response`"},
      {"owner", "owner?", "the VirtualService or HTTPRoute"}};
}

std::vector<Table> entity_tables() {
  std::vector<Row> route = route_core();
  route.insert(route.end(), {{"virtual_host", "virtual_host_ref", "where it stands"},
                             {"route_config", "route_config_ref", "where that stands"},
                             {"listeners", "[listener_ref]", "the listeners that route by it"},
                             {"direction", "string", "of the first of these"},
                             {"raw", "any", kRaw}});
  return {
      {"listener",
       "A listener that serves; Istio's own (metrics, probes) are left out.",
       {{"name", "string", "its name"},
        {"direction", "string", "`inbound`, `outbound` or `unspecified`"},
        {"type", "string", "`http`, `tcp`, `http+tcp` or `other`, by its filter chains"},
        {"address", "string", "the primary address, without the port"},
        {"port", "number", "the primary address's port"},
        {"addresses", "[string]", "all of them: `10.0.0.1:80`"},
        {"bind_to_port", "boolean", "true where it is not set"},
        {"use_original_dst", "boolean", "whether connections are handed to other listeners"},
        {"listener_filters", "[string]", "their names, in order"},
        {"filter_chains", "[chain_ref]", "the default filter chain is the last one"},
        {"raw", "any", kRaw}}},
      {"filter_chain",
       "A filter chain of such a listener.",
       {{"name", "string", "its name; empty where it has none"},
        {"default", "boolean", "whether it is the listener's default filter chain"},
        {"destination_port", "number?", "null: any"},
        {"prefix_ranges", "[string]", "destination addresses, `10.0.0.0/8`; empty: any"},
        {"source_prefix_ranges", "[string]", "client addresses; empty: any"},
        {"server_names", "[string]", "SNI names; empty: any"},
        {"transport_protocol", "string", "`tls`, `raw_buffer`; empty: any"},
        {"application_protocols", "[string]", "ALPN; empty: any"},
        {"tls", "downstream_tls?", "null: it does not terminate TLS"},
        {"filters", "[filter_ref]", "its network filters, in order"},
        {"http", "boolean", "whether it has a connection manager"},
        {"http_filters", "[string]", "the names of HTTP filters, in order"},
        {"route_config_name", "string?", "what its connection manager routes by"},
        {"clusters", "[target]", "where its TCP proxy forwards to"},
        {"owner", "owner?", "where Istio names it"},
        {"listener", "listener_ref", "where it stands"},
        {"raw", "any", kRaw}}},
      {"http_filter",
       "An HTTP filter of a connection manager.",
       {{"name", "string", "its name"},
        {"type", "string",
         "the last name of its message type: `RBAC`, `Router`, `JwtAuthentication`"},
        {"order", "number", "its place, from 0"},
        {"before", "[string]", "the names of the filters before it"},
        {"after", "[string]", "the names of the filters after it"},
        {"disabled", "boolean", "off unless a route turns it on"},
        {"optional", "boolean", "whether Envoy may do without it"},
        {"config_discovery", "boolean", "whether ECDS delivers its configuration"},
        {"config", "any", "its configuration, defaults left out"},
        {"filter_chain", "chain_ref", "where it stands"},
        {"listener", "listener_ref", "where that stands"},
        {"raw", "any", kRaw}}},
      {"route_config",
       "A route configuration that a serving listener uses.",
       {{"name", "string", "its name"},
        {"inline", "boolean", "whether it stands in a listener, not delivered by RDS"},
        {"virtual_hosts", "[virtual_host_ref]", "in order"},
        {"route_count", "number", "routes of all virtual hosts"},
        {"vhds", "boolean", "whether virtual hosts are fetched on demand"},
        {"ignore_port_in_host_matching", "boolean",
         "whether `a.com:80` matches the domain `a.com`"},
        {"listeners", "[listener_ref]", "the listeners that route by it"},
        {"direction", "string", "of the first of these"},
        {"raw", "any", kRaw}}},
      {"virtual_host",
       "A virtual host of such a route configuration.",
       {{"name", "string", "its name"},
        {"domains", "[string]", "its domains"},
        {"require_tls", "string", "`none`, `external_only` or `all`"},
        {"routes", "[route_part]", "in order"},
        {"retries", "retries?", "for routes that have no policy of their own"},
        {"route_config", "route_config_ref", "where it stands"},
        {"listeners", "[listener_ref]", "the listeners that route by it"},
        {"direction", "string", "of the first of these"},
        {"owner", "owner?", "where all its routes come from one resource"},
        {"raw", "any", kRaw}}},
      {"route", "A route of such a virtual host.", std::move(route)},
      {"cluster",
       "A cluster that serves; Istio's own (`xds-grpc`, `PassthroughCluster`, …) are left out.",
       {{"name", "string", "its name"},
        {"state", "string", "`active` or `static`"},
        {"direction", "string", "`outbound`, `inbound`, or empty for a name that is not Istio's"},
        {"host", "string", "the host in Istio's name; else the whole name"},
        {"port", "number?", "the port in Istio's name"},
        {"subset", "string", "the subset in Istio's name; empty: none"},
        {"type", "string",
         "`EDS`, `STRICT_DNS`, `LOGICAL_DNS`, `STATIC`, `ORIGINAL_DST`, or a custom type's name"},
        {"lb_policy", "string", "`ROUND_ROBIN` where it is not set"},
        {"connect_timeout_seconds", "number", "5 where it is not set"},
        {"http2", "boolean", "whether it is told to speak HTTP/2"},
        {"tls", "upstream_tls", "TLS towards its endpoints"},
        {"has_endpoints", "boolean?", "null where the dump does not say"},
        {"total_endpoints", "number?", "null where the dump does not say"},
        {"healthy_endpoints", "number?", "how many are healthy or of unknown health"},
        {"zones", "[string]", "`region/zone` of its endpoints, each once; empty where not known"},
        {"circuit_breakers", "circuit_breakers", "limits, Envoy's defaults filled in"},
        {"outlier_detection", "outlier_detection?", "null: endpoints are not ejected"},
        {"healthy_panic_threshold", "number", "percent: 50 where it is not set"},
        {"services", "[service]", "the Kubernetes services behind it"},
        {"owner", "owner?", "the DestinationRule"},
        {"raw", "any", kRaw}}},
      {"endpoint",
       "An endpoint of such a cluster. A rule's findings are one a cluster.",
       {{"address", "string", "IP address, host name or path of a pipe"},
        {"port", "number", "0 for a pipe"},
        {"hostname", "string", "empty where it is not set"},
        {"health", "string",
         "`UNKNOWN`, `HEALTHY`, `UNHEALTHY`, `DRAINING`, `TIMEOUT` or `DEGRADED`"},
        {"healthy", "boolean", "healthy or of unknown health"},
        {"weight", "number", "1 where it is not set"},
        {"priority", "number", "0 is the highest"},
        {"locality", "locality", "where it runs"},
        {"metadata", "any", "its metadata, as it stands"},
        {"cluster", "cluster_ref", "whose endpoint it is"},
        {"raw", "any", kRaw}}},
      {"secret",
       "A secret delivered by SDS, or of the bootstrap.",
       {{"name", "string", "its name"},
        {"state", "string", "`active`, `static` or `warming`"},
        {"type", "string",
         "`tls_certificate`, `validation_context`, `session_ticket_keys`, `generic_secret` or "
         "`none`"},
        {"certificate", "certificate?", "null where there is none in the dump"},
        {"raw", "any", kRaw}}},
      {"policy",
       "One policy of an RBAC filter (`rules` or `shadow_rules`).",
       {{"name", "string", "its key: `ns[shop]-policy[allow-web]-rule[0]`"},
        {"action", "string", "`ALLOW`, `DENY` or `LOG`"},
        {"dry_run", "boolean", "whether it stands in `shadow_rules`: counted, not enforced"},
        {"filter", "string", "the name of the filter that holds it"},
        {"protocol", "string", "`http` or `tcp`"},
        {"any_principal", "boolean", "whether one of its principals is everybody"},
        {"any_permission", "boolean", "whether one of its permissions is everything"},
        {"permissions", "any", "as they stand"},
        {"principals", "any", "as they stand"},
        {"owner", "owner?", "the AuthorizationPolicy"},
        {"filter_chain", "chain_ref", "where its filter stands"},
        {"listener", "listener_ref", "where that stands"},
        {"raw", "any", kRaw}}},
  };
}

class Registry {
 public:
  Registry() {
    for (const Table& table : part_tables()) add(table);
    add({"route_part", "A route, as a virtual host holds it.", route_core()});
    const std::size_t parts = all_.size();
    for (const Table& table : entity_tables()) add(table);
    for (std::size_t i = parts; i < all_.size(); ++i) order_.push_back(&all_[i]);
    for (std::size_t i = 0; i < parts; ++i) order_.push_back(&all_[i]);
  }
  std::span<const Shape* const> order() const { return order_; }

 private:
  void add(const Table& table) {
    Shape shape{table.name, table.description, {}};
    for (const Row& row : table.rows) {
      shape.fields.push_back({row.name, read_type(row.type), row.description});
    }
    all_.push_back(std::move(shape));
  }

  FieldType read_type(std::string_view text) const {
    using Base = FieldType::Base;
    FieldType type;
    type.nullable = text.ends_with('?');
    if (type.nullable) text.remove_suffix(1);
    type.list = text.starts_with('[');
    if (type.list) text = text.substr(1, text.size() - 2);
    if (text == "string") {
      type.base = Base::kString;
    } else if (text == "number") {
      type.base = Base::kNumber;
    } else if (text == "boolean") {
      type.base = Base::kBoolean;
    } else if (text != "any") {
      type.base = Base::kObject;
      type.shape = &*std::find_if(all_.begin(), all_.end(),
                                  [&](const Shape& shape) { return shape.name == text; });
    }
    return type;
  }

  std::deque<Shape> all_;  // addresses stay
  std::vector<const Shape*> order_;
};

std::string sample_value(const FieldType& type) {
  switch (type.base) {
    case FieldType::Base::kString:
      return "\"sample\"";
    case FieldType::Base::kNumber:
      return "1";
    case FieldType::Base::kBoolean:
      return "true";
    case FieldType::Base::kObject:
      return sample_of(*type.shape);
    case FieldType::Base::kAny:
      break;
  }
  return "{}";
}

}  // namespace

std::span<const EntityKind> entity_kinds() {
  using enum EntityKind;
  static constexpr std::array kKinds = {kListener,    kFilterChain, kHttpFilter, kRouteConfig,
                                        kVirtualHost, kRoute,       kCluster,    kEndpoint,
                                        kSecret,      kPolicy};
  return kKinds;
}

std::string_view entity_name(EntityKind kind) { return shape_of(kind).name; }

std::span<const Shape* const> shapes() {
  static const Registry kRegistry;
  return kRegistry.order();
}

// entity_tables() is in the order of EntityKind.
const Shape& shape_of(EntityKind kind) { return *shapes()[static_cast<std::size_t>(kind)]; }

const Field* Shape::find(std::string_view field) const {
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const Field& item) { return item.name == field; });
  return it == fields.end() ? nullptr : &*it;
}

std::string field_hint(const Shape& shape, std::string_view name) {
  std::vector<std::string_view> known;
  std::string longer;  // ".timeout" for timeout_seconds
  for (const Field& field : shape.fields) {
    known.push_back(field.name);
    if (name.size() < 3 || field.name.find(name) == std::string_view::npos) continue;
    longer += fmt::format("{}\"{}\"", longer.empty() ? "" : " or ", field.name);
  }
  if (!longer.empty()) return fmt::format("did you mean {}?", longer);
  std::string hint = did_you_mean(name, known);
  if (nearest(name, known).empty() && shape.find("raw") != nullptr) {
    hint += "; the dump's own text is under .raw";
  }
  return hint;
}

std::string type_text(const FieldType& type) {
  std::string text;
  switch (type.base) {
    case FieldType::Base::kString:
      text = "string";
      break;
    case FieldType::Base::kNumber:
      text = "number";
      break;
    case FieldType::Base::kBoolean:
      text = "boolean";
      break;
    case FieldType::Base::kObject:
      text = type.shape->name;
      break;
    case FieldType::Base::kAny:
      text = "any";
      break;
  }
  if (type.list) text = "list of " + text;
  if (type.nullable) text += " or null";
  return text;
}

std::string sample_of(const Shape& shape) {
  std::string out = "{";
  for (const Field& field : shape.fields) {
    const std::string value = sample_value(field.type);
    out += fmt::format("{}\"{}\":{}", out.size() == 1 ? "" : ",", field.name,
                       field.type.list ? fmt::format("[{},{}]", value, value) : value);
  }
  return out + "}";
}

std::string shape_markdown(const Shape& shape) {
  std::string out = fmt::format("### {}\n\n{}\n\n| field | type | what it is |\n|---|---|---|\n",
                                shape.name, shape.description);
  for (const Field& field : shape.fields) {
    out +=
        fmt::format("| `{}` | {} | {} |\n", field.name, type_text(field.type), field.description);
  }
  return out;
}

std::string schema_markdown() {
  std::string out;
  for (const Shape* shape : shapes()) {
    if (!out.empty()) out += "\n";
    out += shape_markdown(*shape);
  }
  return out;
}

}  // namespace xdscope::rules::user
