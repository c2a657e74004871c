#include "trace/early_headers.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "trace/header_mutation.h"
#include "trace/status_code.h"

namespace xdscope::trace {
namespace {

// Removed from requests that do not come from inside (cleanInternalHeaders).
constexpr std::array kInternalHeaders = std::to_array<std::string_view>(
    {"x-envoy-retriable-status-codes", "x-envoy-retriable-header-names", "x-envoy-retry-on",
     "x-envoy-retry-grpc-on", "x-envoy-max-retries", "x-envoy-upstream-alt-stat-name",
     "x-envoy-upstream-rq-timeout-ms", "x-envoy-upstream-rq-per-try-timeout-ms",
     "x-envoy-upstream-rq-timeout-alt-response", "x-envoy-expected-rq-timeout-ms",
     "x-envoy-force-trace", "x-envoy-ip-tags", "x-envoy-original-url",
     "x-envoy-hedge-on-per-try-timeout"});
// At the edge of the mesh these go, too.
constexpr std::array kEdgeHeaders = std::to_array<std::string_view>(
    {"x-envoy-decorator-operation", "x-envoy-downstream-service-cluster",
     "x-envoy-downstream-service-node", "x-envoy-original-path", "x-envoy-original-host"});

bool is_internal_address(const IpAddress& ip, json::Value config, Version envoy) {
  if (const json::Value internal = config["internal_address_config"]) {
    for (const json::Value range : internal["cidr_ranges"].elements()) {
      const auto compiled =
          parse_range(range["address_prefix"].text(),
                      static_cast<std::uint32_t>(range["prefix_len"].integer_or(0)));
      if (compiled && compiled->contains(ip)) return true;
    }
    return false;
  }
  // Since 1.33 no address is internal unless configured.
  return envoy.known() && envoy < Version{1, 33, 0} && ip.is_private();
}

// Of x-forwarded-for, the address that stands `back` from its end (envoy: getLastAddressFromXFF).
std::optional<IpAddress> forwarded_address(const HttpRequest& request, std::size_t back) {
  const std::string* forwarded = request.first("x-forwarded-for");
  if (forwarded == nullptr) return std::nullopt;
  const auto addresses = split(*forwarded, ',');
  if (addresses.size() < back) return std::nullopt;
  return parse_ip(trim(addresses[addresses.size() - back]));
}

// The last address of x-forwarded-for that is not one of the proxies'.
std::optional<IpAddress> last_untrusted(json::Value cidrs, const Connection& connection,
                                        const HttpRequest& request) {
  std::vector<IpRange> trusted;
  for (const json::Value range : cidrs.elements()) {
    const auto one = parse_range(range["address_prefix"].text(),
                                 static_cast<std::uint32_t>(range["prefix_len"].integer_or(0)));
    if (one) trusted.push_back(*one);
  }
  const auto is_trusted = [&](const IpAddress& ip) {
    return std::ranges::any_of(trusted, [&](const IpRange& one) { return one.contains(ip); });
  };
  if (!connection.source || !is_trusted(*connection.source)) return std::nullopt;
  const std::string* forwarded = request.first("x-forwarded-for");
  if (forwarded == nullptr) return std::nullopt;
  auto addresses = split(*forwarded, ',');
  std::ranges::reverse(addresses);
  for (const std::string_view text : addresses) {
    const auto ip = parse_ip(trim(text));
    if (!ip || !is_trusted(*ip)) return ip;
  }
  return std::nullopt;
}

// Where the request comes from, as far as it decides about it.
struct Origin {
  std::optional<IpAddress> address;
  // The one address that makes a request internal, where there is but one.
  std::optional<IpAddress> single;
  std::optional<EarlyReply> refused;
  std::string doubt;
};

// original_ip_detection_extensions: the first that finds an address.
Origin detected_origin(json::Value extensions, const Connection& connection,
                       const HttpRequest& request) {
  Origin out;
  for (const json::Value entry : extensions.elements()) {
    const Extension extension = decode_extension(entry);
    const json::Value config = extension.config;
    if (extension.type_name() == "XffConfig") {
      const json::Value cidrs = config["xff_trusted_cidrs"];
      const auto hops = static_cast<std::size_t>(config["xff_num_trusted_hops"].integer_or(0));
      out.address = cidrs ? last_untrusted(cidrs["cidrs"], connection, request)
                          : forwarded_address(request, hops + 1);
      const std::string* forwarded = request.first("x-forwarded-for");
      if (out.address && hops == 0 && !cidrs && forwarded->find(',') == std::string::npos) {
        out.single = out.address;
      }
    } else if (extension.type_name() == "CustomHeaderConfig") {
      const std::string* given = request.first(to_lower(config["header_name"].text()));
      if (given != nullptr) out.address = parse_ip(*given);
      if (!out.address && config["reject_with_status"]) {
        const std::uint32_t code = status_code(config["reject_with_status"], 403);
        out.refused = EarlyReply{code < 400 ? 403 : code,
                                 "rejecting_because_detection_failed",
                                 std::nullopt,
                                 "the header that tells the client's address is not there",
                                 config,
                                 "-"};
        return out;
      }
      if (config["allow_extension_to_set_address_as_trusted"].boolean_or(false)) {
        out.single = out.address;
      }
    } else {
      out.doubt = fmt::format("original_ip_detection_extensions: {} is not evaluated",
                              printable(extension.name));
      return out;
    }
    if (out.address) return out;
  }
  return out;
}

Origin origin_of(const HttpPlan& plan, const Connection& connection, const HttpRequest& request) {
  Origin out;
  const bool forwarded = request.has("x-forwarded-for");
  if (plan.use_remote_address) {
    if (plan.trusted_hops > 0) out.address = forwarded_address(request, plan.trusted_hops);
    if (!forwarded) out.single = connection.source;
  } else if (const json::Value extensions = plan.manager.source["original_ip_detection_extensions"];
             !extensions.empty()) {
    out = detected_origin(extensions, connection, request);
  } else {
    out.address = forwarded_address(request, plan.trusted_hops + 1);
    if (forwarded && request.first("x-forwarded-for")->find(',') == std::string::npos) {
      out.single = parse_ip(trim(*request.first("x-forwarded-for")));
    }
  }
  if (!out.address && out.doubt.empty()) out.address = connection.source;
  return out;
}

void set_forwarded_proto(const HttpPlan& plan, const Connection& connection, HttpRequest& request) {
  const char* own = connection.tls ? "https" : "http";
  const std::string* given = request.first("x-forwarded-proto");
  if (given == nullptr || (plan.use_remote_address && plan.trusted_hops == 0)) {
    request.set("x-forwarded-proto", own);
  }
  const json::Value transformation =
      plan.manager.source["scheme_header_transformation"]["scheme_to_overwrite"];
  if (transformation) {
    request.scheme = to_lower(transformation.text());
    request.set("x-forwarded-proto", request.scheme);
    return;
  }
  if (!request.scheme.empty()) return;
  const std::string scheme = to_lower(*request.first("x-forwarded-proto"));
  request.scheme = scheme == "http" || scheme == "https" ? scheme : own;
}

void remove_hop_by_hop(HttpRequest& request) {
  if (request.upgrade().empty()) {
    request.remove("connection");
    request.remove("upgrade");
    request.remove("transfer-encoding");
  }
  if (const std::string* te = request.first("te")) {
    const auto said = split(*te, ',');
    const bool trailers = std::ranges::any_of(
        said, [](std::string_view one) { return equals_ignoring_case(trim(one), "trailers"); });
    if (!trailers) {
      request.remove("te");
    } else if (*te != "trailers") {
      request.set("te", "trailers");
    }
  }
  request.remove("keep-alive");
  request.remove("proxy-connection");
}

void set_client_certificate(const HttpPlan& plan, const Connection& connection,
                            HttpRequest& request) {
  const std::string_view mode =
      plan.manager.source["forward_client_cert_details"].string_or("SANITIZE");
  if (mode == "ALWAYS_FORWARD_ONLY") return;
  const bool certificate =
      connection.tls && (!connection.identity || !connection.identity->empty());
  if (mode == "SANITIZE" || mode == "SANITIZE_SET" || !certificate) {
    request.remove("x-forwarded-client-cert");
  }
  const bool sets = mode == "SANITIZE_SET" || mode == "APPEND_FORWARD";
  if (sets && connection.tls && connection.identity && !connection.identity->empty()) {
    request.set_unknown("x-forwarded-client-cert");
  }
}

void append_forwarded_for(const HttpPlan& plan, const Connection& connection,
                          HttpRequest& request) {
  if (!plan.use_remote_address || plan.manager.source["skip_xff_append"].boolean_or(false)) return;
  // For a client on loopback Envoy writes an address of the machine instead.
  if (!connection.source || connection.source->loopback()) {
    request.set_unknown("x-forwarded-for");
    return;
  }
  const std::string own = to_string(*connection.source);
  const std::string* before = request.first("x-forwarded-for");
  request.set("x-forwarded-for", before == nullptr ? own : *before + "," + own);
}

// Headers of requests that do not come from inside.
void remove_internal_headers(const HttpPlan& plan, const RouteTable* table, HttpRequest& request) {
  for (const std::string_view name : kInternalHeaders) request.remove(name);
  if (plan.use_remote_address) {
    for (const std::string_view name : kEdgeHeaders) request.remove(name);
  }
  if (table == nullptr) return;
  for (const json::Value name : table->config().source["internal_only_headers"].elements()) {
    request.remove(to_lower(name.text()));
  }
}

// Headers by which Envoy names itself, the client and the request.
void add_own_headers(const HttpPlan& plan, const Node& node, const Connection& connection,
                     bool edge, HttpRequest& request) {
  const json::Value config = plan.manager.source;
  if (config["add_user_agent"].boolean_or(false)) {
    request.set("x-envoy-downstream-service-cluster", node.cluster);
    const std::string* agent = request.first("user-agent");
    if (agent == nullptr || agent->empty()) request.set("user-agent", node.cluster);
    if (!node.id.empty()) request.set("x-envoy-downstream-service-node", node.id);
  }
  if (const std::string_view via = config["via"].text(); !via.empty()) request.add("via", via);
  if (edge && connection.remote) {
    request.set("x-envoy-external-address", to_string(*connection.remote));
  }
  const bool anew = edge && !config["preserve_external_request_id"].boolean_or(false);
  if (config["generate_request_id"].boolean_or(true) && (anew || !request.has("x-request-id"))) {
    request.set_unknown("x-request-id");
  }
}

// early_header_mutation_extensions; what of them cannot be told.
std::string mutate_by_extensions(json::Value extensions, HttpRequest& request) {
  for (const json::Value entry : extensions.elements()) {
    const Extension extension = decode_extension(entry);
    if (extension.type_name() != "HeaderMutation") {
      return fmt::format("early_header_mutation_extensions: {} is not evaluated",
                         printable(extension.name));
    }
    apply_header_mutations(extension.config["mutations"], request);
  }
  return {};
}

}  // namespace

EarlyHeaders mutate_early_headers(const HttpPlan& plan, const RouteTable* table,
                                  const Compiled& compiled, Connection& connection,
                                  HttpRequest& request) {
  const json::Value config = plan.manager.source;
  EarlyHeaders out;
  out.doubt = mutate_by_extensions(config["early_header_mutation_extensions"], request);
  remove_hop_by_hop(request);
  Origin origin = origin_of(plan, connection, request);
  connection.remote = origin.address;
  if (out.doubt.empty()) out.doubt = std::move(origin.doubt);
  out.refused = std::move(origin.refused);
  if (out.refused) return out;
  const bool internal =
      origin.single && is_internal_address(*origin.single, config, compiled.envoy);
  set_forwarded_proto(plan, connection, request);
  append_forwarded_for(plan, connection, request);
  request.remove("x-envoy-internal");
  if (internal) {
    request.set("x-envoy-internal", "true");
  } else {
    remove_internal_headers(plan, table, request);
  }
  add_own_headers(plan, compiled.index.snapshot().node(), connection,
                  !internal && plan.use_remote_address, request);
  set_client_certificate(plan, connection, request);
  return out;
}

}  // namespace xdscope::trace
