// What a user leaves out of a request, derived from the rest and from the proxy.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/try.h"
#include "trace/host_normalization.h"
#include "trace/run.h"

namespace xdscope::trace {
namespace {

// An address of the documentation range (RFC 5737), which no listener is bound to.
constexpr std::string_view kSomeAddress = "192.0.2.1";

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
  });
}

std::unexpected<Error> refuse(std::string message, std::string hint) {
  return fail(ErrorCode::kUsage, std::move(message), {}, std::move(hint));
}

Result<void> check(const TraceRequest& given) {
  if (!is_token(given.method)) {
    return refuse(fmt::format("'{}' is no HTTP method", printable(given.method)),
                  "a method is a word such as GET or POST");
  }
  if (given.authority.empty()) {
    return refuse("the request has no host", "give a URL with a host, or the authority");
  }
  if (has_control(given.authority) || given.authority.find(' ') != std::string::npos) {
    return refuse(
        fmt::format("the host '{}' has characters that cannot be sent", printable(given.authority)),
        "a host is a name or an address, with or without a port");
  }
  if (given.path.empty() && given.method != "CONNECT") {
    return refuse("the request has no path", "the path begins with '/'");
  }
  if (has_control(given.path) || given.path.find(' ') != std::string::npos) {
    return refuse(
        fmt::format("the path '{}' has characters that cannot be sent", printable(given.path)),
        "write spaces and control characters as %20, %0A, …");
  }
  for (const auto& [name, value] : given.headers) {
    const bool pseudo = name.starts_with(':') && is_token(std::string_view(name).substr(1));
    if (!pseudo && !is_token(name)) {
      return refuse(fmt::format("'{}' is no header name", printable(name)),
                    "write -H 'name: value'");
    }
    if (value.find('\n') != std::string::npos || value.find('\r') != std::string::npos ||
        value.find('\0') != std::string::npos) {
      return refuse(fmt::format("the value of header {} has characters that cannot be sent", name),
                    "a header's value is one line");
    }
  }
  if (given.port > 65535) {
    return refuse(fmt::format("{} is no port", given.port), "ports go up to 65535");
  }
  return {};
}

Result<IpAddress> address_of(const std::string& text, std::string_view what) {
  const auto ip = parse_ip(text);
  if (!ip) {
    return refuse(fmt::format("the {} '{}' is no IP address", what, printable(text)),
                  "write it as 10.0.0.1 or fd00::1");
  }
  return *ip;
}

// The port that an authority names; 0 for none.
std::uint32_t port_of(std::string_view authority) {
  const auto at = port_start(authority);
  long port = 0;
  if (at == authority.npos || !parse_decimal(authority.substr(at + 1), port)) return 0;
  return port > 0 && port <= 65535 ? static_cast<std::uint32_t>(port) : 0;
}

// A pod's own address, as Istio writes it into the node's id: "sidecar~10.1.2.3~pod.ns~domain".
std::string_view node_address(const Snapshot& snapshot) {
  const auto parts = split(snapshot.node().id, '~');
  return parts.size() > 1 ? parts[1] : std::string_view();
}

class Derivation {
 public:
  Derivation(const TraceRequest& given, Compiled& compiled, Run& run)
      : given_(given), compiled_(compiled), run_(run), connection_(run.connection) {}

  Result<void> run() {
    direction();
    port();
    transport();
    XDSCOPE_TRY(addresses());
    request();
    return {};
  }

 private:
  void assume(std::string what) { run_.result.assumptions.push_back(std::move(what)); }

  void direction() {
    using Given = TraceRequest::Direction;
    if (given_.direction == Given::kInbound) {
      connection_.direction = Connection::Direction::kInbound;
    } else {
      connection_.direction = Connection::Direction::kOutbound;
    }
    if (given_.direction == Given::kUnspecified && run_.steps_wanted &&
        compiled_.listeners.redirect_target(Connection::Direction::kOutbound) != nullptr) {
      assume(
          "outbound: sent by the workload beside this proxy (--from inbound for requests to it)");
    }
  }

  bool https() const {
    if (given_.tls) return *given_.tls;
    return given_.scheme == "https" || (given_.sni && !given_.sni->empty());
  }

  void port() {
    connection_.port = given_.port;
    if (connection_.port != 0) return;
    connection_.port = port_of(given_.authority);
    if (connection_.port == 0) connection_.port = https() ? 443 : 80;
    // A gateway's Service maps its ports to those of the listener; the mapping is in no dump.
    const bool redirected = compiled_.listeners.redirect_target(connection_.direction) != nullptr;
    if (!redirected && !compiled_.listeners.binds(connection_.port)) {
      for (const auto& [service, target] : {std::pair{80u, 8080u}, std::pair{443u, 8443u}}) {
        if (connection_.port != service || !compiled_.listeners.binds(target)) continue;
        assume(fmt::format("port {}: no listener has port {}, and Istio's gateways map it there",
                           target, service));
        connection_.port = target;
        return;
      }
    }
    assume(fmt::format("port {}, from the URL (--to IP:PORT for another)", connection_.port));
  }

  void transport() {
    connection_.tls =
        given_.tls.value_or(https() || (given_.scheme.empty() && connection_.port == 8443));
    if (!given_.tls && connection_.tls && given_.scheme != "https" && !given_.sni) {
      assume("TLS without SNI, by the port");
    }
    if (given_.sni) {
      run_.sni = to_lower(*given_.sni);
    } else if (connection_.tls && given_.scheme == "https") {
      const auto cut = port_start(given_.authority);
      run_.sni = to_lower(std::string_view(given_.authority).substr(0, cut));
      // Clients do not send addresses as SNI.
      if (parse_ip(run_.sni) || run_.sni.starts_with('[')) run_.sni.clear();
      if (!run_.sni.empty()) assume(fmt::format("SNI {}, from the URL", run_.sni));
    }
    connection_.sni = run_.sni;
    connection_.http2 = given_.protocol == "HTTP/2";
    connection_.http1_0 = given_.protocol == "HTTP/1.0";
    for (const std::string& protocol : given_.alpn) {
      connection_.alpn.push_back(protocol);
      if (protocol == "h2" || protocol == "h2c") connection_.http2 = true;
    }
    if (given_.identity) connection_.identity = *given_.identity;
  }

  Result<void> addresses() {
    if (!given_.source.empty()) {
      XDSCOPE_TRY_ASSIGN(connection_.source, address_of(given_.source, "source"));
    }
    connection_.source_port = given_.source_port;
    if (!given_.destination.empty()) {
      XDSCOPE_TRY_ASSIGN(connection_.destination, address_of(given_.destination, "destination"));
    } else {
      derive_destination();
    }
    connection_.local_address = connection_.destination;
    connection_.local_port = connection_.port;
    return {};
  }

  void derive_destination() {
    const auto some = parse_ip(kSomeAddress);
    connection_.destination = some.value_or(IpAddress{});
    if (connection_.direction == Connection::Direction::kInbound) {
      const std::string_view own = node_address(compiled_.index.snapshot());
      if (const auto ip = parse_ip(own)) {
        connection_.destination = *ip;
        assume(fmt::format("to this pod's address {}", own));
      }
      return;
    }
    const bool redirected = compiled_.listeners.redirect_target(connection_.direction) != nullptr;
    if (!redirected) {
      connection_.destination =
          compiled_.listeners.address_on(connection_.port).value_or(IpAddress{});
      return;
    }
    const std::string host =
        to_lower(std::string_view(given_.authority).substr(0, port_start(given_.authority)));
    if (const auto ip = parse_ip(host)) {
      connection_.destination = *ip;
      return;
    }
    if (const auto ip = service_address(host)) {
      connection_.destination = *ip;
      assume(fmt::format("to {}, the address of the service {}", to_string(*ip), printable(host)));
      return;
    }
    connection_.destination_known = false;
    assume(
        fmt::format("to an address that no listener stands for, since {} is no service of this "
                    "configuration (--to IP:PORT for another)",
                    printable(host)));
  }

  // Istio lists a service's ClusterIP among the domains of its virtual host.
  std::optional<IpAddress> service_address(std::string_view host) const {
    for (const RouteConfigEntry& entry : compiled_.index.route_configs()) {
      for (const VirtualHost& virtual_host : entry.config->virtual_hosts) {
        if (std::find(virtual_host.domains.begin(), virtual_host.domains.end(), host) ==
            virtual_host.domains.end()) {
          continue;
        }
        for (const std::string_view domain : virtual_host.domains) {
          if (const auto ip = parse_ip(domain)) return ip;
        }
      }
    }
    return {};
  }

  void request() {
    HttpRequest& out = run_.request;
    out.method = given_.method;
    // HTTP/1 has no :scheme, unless by the absolute form.
    out.scheme = !connection_.http2 ? "" : connection_.tls ? "https" : "http";
    out.authority = given_.authority;
    out.path = given_.path;
    out.headers.reserve(given_.headers.size() + 2);
    for (const auto& [name, value] : given_.headers) {
      if (equals_ignoring_case(name, "host") || name == ":authority") {
        if (given_.authority.empty()) out.authority = value;
        continue;
      }
      out.add(name, value);
    }
  }

  const TraceRequest& given_;
  Compiled& compiled_;
  Run& run_;
  Connection& connection_;
};

}  // namespace

Result<void> derive_request(const TraceRequest& given, Compiled& compiled, Run& run) {
  XDSCOPE_TRY(check(given));
  return Derivation(given, compiled, run).run();
}

}  // namespace xdscope::trace
