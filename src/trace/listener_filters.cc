#include "trace/listener_filters.h"

#include <fmt/format.h>

#include <algorithm>

#include "trace/listener_table.h"
#include "trace/verdict.h"

namespace xdscope::trace {
namespace {

// envoy.config.listener.v3.ListenerFilterChainMatchPredicate.
bool disabled(json::Value predicate, const Connection& connection) {
  if (predicate["any_match"].boolean_or(false)) return true;
  if (const json::Value range = predicate["destination_port_range"]) {
    const auto port = static_cast<std::int64_t>(connection.local_port);
    return port >= range["start"].integer_or(0) && port < range["end"].integer_or(0);
  }
  if (const json::Value rules = predicate["or_match"]["rules"]) {
    for (const json::Value rule : rules.elements()) {
      if (disabled(rule, connection)) return true;
    }
    return false;
  }
  if (const json::Value rules = predicate["and_match"]["rules"]) {
    for (const json::Value rule : rules.elements()) {
      if (!disabled(rule, connection)) return false;
    }
    return true;
  }
  if (const json::Value rule = predicate["not_match"]) return !disabled(rule, connection);
  return false;
}

enum class FilterKind {
  kOriginalDst,
  kTlsInspector,
  kHttpInspector,
  kProxyProtocol,
  kHarmless,
  kOther
};

FilterKind kind_of(const Extension& filter) {
  const std::string_view type = filter.type_name();
  const auto is = [&](std::string_view type_name, std::string_view short_name) {
    return type == type_name ||
           (filter.type.empty() && filter.name.substr(filter.name.rfind('.') + 1) == short_name);
  };
  if (is("OriginalDst", "original_dst")) return FilterKind::kOriginalDst;
  if (is("TlsInspector", "tls_inspector")) return FilterKind::kTlsInspector;
  if (is("HttpInspector", "http_inspector")) return FilterKind::kHttpInspector;
  if (is("ProxyProtocol", "proxy_protocol")) return FilterKind::kProxyProtocol;
  // The address that upstream connections come from, and a limit, which is a matter of load.
  if (is("OriginalSrc", "original_src")) return FilterKind::kHarmless;
  if (is("LocalRateLimit", "local_ratelimit")) return FilterKind::kHarmless;
  return FilterKind::kOther;
}

void restore_destination(Connection& connection) {
  connection.local_address = connection.destination;
  connection.local_port = connection.port;
  connection.local_restored = true;
}

void inspect_http(Connection& connection) {
  if (connection.tls || connection.transport_protocol != "raw_buffer") return;
  connection.application_protocols.assign(1, connection.http2     ? "h2c"
                                             : connection.http1_0 ? "http/1.0"
                                                                  : "http/1.1");
}

}  // namespace

std::string_view run_listener_filters(const Listener& listener, bool redirected,
                                      Connection& connection, Step* step) {
  std::string_view unknown;
  // use_original_dst puts an original_dst filter in front where there is none.
  if (listener.use_original_dst && redirected) restore_destination(connection);
  for (const Extension& filter : listener.listener_filters) {
    if (const json::Value predicate = filter.source["filter_disabled"];
        predicate && disabled(predicate, connection)) {
      if (step != nullptr) {
        step->notes.push_back(
            fmt::format("{} is disabled for port {}", filter.name, connection.local_port));
      }
      continue;
    }
    switch (kind_of(filter)) {
      case FilterKind::kOriginalDst:
        if (redirected) restore_destination(connection);
        break;
      case FilterKind::kTlsInspector:
        if (connection.tls) {
          connection.transport_protocol = "tls";
          connection.detected_sni = connection.sni;
          connection.application_protocols = connection.alpn;
        }
        break;
      case FilterKind::kHttpInspector:
        inspect_http(connection);
        break;
      case FilterKind::kProxyProtocol:
        connection.proxied = true;
        connection.destination_in_header = !redirected;
        if (step != nullptr) {
          step->notes.emplace_back(
              "proxy_protocol: assuming that a PROXY header comes first; the client's address is "
              "the "
              "one in it");
        }
        break;
      case FilterKind::kHarmless:
        break;
      case FilterKind::kOther:
        unknown = "a listener filter is not evaluated";
        if (step != nullptr) {
          step->notes.push_back(fmt::format("{} is not evaluated", filter.name));
        }
        break;
    }
  }
  if (step != nullptr) {
    step->stage = Stage::kListenerFilters;
    step->chosen = connection.transport_protocol;
    step->evidence = evidence_of(listener.source["listener_filters"]);
    std::string found = fmt::format("transport protocol {}", connection.transport_protocol);
    if (!connection.detected_sni.empty()) found += fmt::format(", SNI {}", connection.detected_sni);
    if (!connection.application_protocols.empty()) {
      found += fmt::format(", application protocols [{}]",
                           fmt::join(connection.application_protocols, ", "));
    }
    if (connection.local_restored) {
      found += fmt::format(", original destination {}",
                           format_address(connection.local_address, connection.local_port));
    }
    step->reason = std::move(found);
    if (connection.tls && connection.transport_protocol != "tls") {
      step->notes.emplace_back("no tls_inspector looks at this connection: TLS is not detected");
    }
  }
  return unknown;
}

}  // namespace xdscope::trace
