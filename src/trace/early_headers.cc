#include "trace/early_headers.h"

#include <algorithm>
#include <array>

#include "base/text.h"

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

// The one address that decides whether the request is internal; nothing where there are several.
std::optional<IpAddress> single_address(const HttpPlan& plan, const Connection& connection,
                                        const HttpRequest& request) {
  const std::string* forwarded = request.first("x-forwarded-for");
  if (plan.use_remote_address) {
    return forwarded == nullptr ? connection.source : std::nullopt;
  }
  if (forwarded == nullptr || forwarded->find(',') != std::string::npos) return {};
  return parse_ip(trim(*forwarded));
}

// The address that the request is taken to come from: of x-forwarded-for, as many hops from its end
// as are trusted (envoy: getLastAddressFromXFF).
std::optional<IpAddress> trusted_address(const HttpPlan& plan, const Connection& connection,
                                         const HttpRequest& request) {
  if (plan.use_remote_address && plan.trusted_hops == 0) return connection.source;
  const std::string* forwarded = request.first("x-forwarded-for");
  if (forwarded == nullptr) return connection.source;
  const auto addresses = split(*forwarded, ',');
  const std::size_t back = plan.use_remote_address ? plan.trusted_hops : plan.trusted_hops + 1;
  if (addresses.size() < back) return connection.source;
  const auto found = parse_ip(trim(addresses[addresses.size() - back]));
  return found ? found : connection.source;
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

void clean_client_certificate(const HttpPlan& plan, const Connection& connection,
                              HttpRequest& request) {
  const std::string_view mode =
      plan.manager.source["forward_client_cert_details"].string_or("SANITIZE");
  if (mode == "ALWAYS_FORWARD_ONLY") return;
  const bool certificate =
      connection.tls && (!connection.identity || !connection.identity->empty());
  if (mode == "SANITIZE" || mode == "SANITIZE_SET" || !certificate) {
    request.remove("x-forwarded-client-cert");
  }
}

}  // namespace

void mutate_early_headers(const HttpPlan& plan, const Compiled& compiled, Connection& connection,
                          HttpRequest& request) {
  const json::Value config = plan.manager.source;
  remove_hop_by_hop(request);
  const auto address = single_address(plan, connection, request);
  const bool internal = address && is_internal_address(*address, config, compiled.envoy);
  set_forwarded_proto(plan, connection, request);
  connection.remote = trusted_address(plan, connection, request);
  if (plan.use_remote_address && connection.source) {
    const std::string own = to_string(*connection.source);
    const std::string* before = request.first("x-forwarded-for");
    request.set("x-forwarded-for", before == nullptr ? own : *before + "," + own);
  }
  request.remove("x-envoy-internal");
  if (internal) {
    request.set("x-envoy-internal", "true");
  } else if (!request.headers.empty()) {
    for (const std::string_view name : kInternalHeaders) request.remove(name);
    if (plan.use_remote_address) {
      for (const std::string_view name : kEdgeHeaders) request.remove(name);
    }
    if (plan.routes != nullptr) {
      for (const json::Value name :
           plan.routes->config().source["internal_only_headers"].elements()) {
        request.remove(to_lower(name.text()));
      }
    }
  }
  clean_client_certificate(plan, connection, request);
}

}  // namespace xdscope::trace
