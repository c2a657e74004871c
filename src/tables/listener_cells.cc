#include "tables/listener_cells.h"

#include <array>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/filter_chains.h"
#include "tables/route_cells.h"
#include "xdscope/model/route.h"

namespace xdscope::tables {
namespace {

using Protocols = std::vector<std::string_view>;

// The lists that Istio's control plane writes, by the names istioctl gives them.
const std::array<std::pair<std::string_view, Protocols>, 4>& known_protocols() {
  static const std::array<std::pair<std::string_view, Protocols>, 4> kKnown = {{
      {"HTTP", {"http/1.0", "http/1.1", "h2c"}},
      {"Istio HTTP Plain", {"istio", "istio-http/1.0", "istio-http/1.1", "istio-h2"}},
      {"HTTP TLS", {"http/1.0", "http/1.1", "h2c", "istio-http/1.0", "istio-http/1.1", "istio-h2"}},
      {"TCP TLS", {"istio-peer-exchange", "istio"}},
  }};
  return kKnown;
}

std::string protocols_cell(const Protocols& protocols) {
  for (const auto& [name, list] : known_protocols()) {
    if (list == protocols) return fmt::format("App: {}", name);
  }
  return fmt::format("App: {}", fmt::join(protocols, ","));
}

std::string addresses_match_cell(const FilterChainMatch& match) {
  const std::string port =
      match.destination_port ? fmt::format(":{}", *match.destination_port) : std::string();
  if (match.prefix_ranges.empty()) return port.empty() ? port : fmt::format("Addr: *{}", port);
  std::string ranges;
  for (const CidrRange& range : match.prefix_ranges) {
    ranges += fmt::format("{}{}/{}", ranges.empty() ? "" : ",", range.address, range.length);
  }
  return fmt::format("Addr: {}{}", ranges, port);
}

bool is_black_hole(const Extension& filter) {
  return filter.config.raw().find("BlackHoleCluster") != std::string_view::npos;
}

std::string cluster_destination(std::string_view cluster) {
  return cluster.find("Cluster") != std::string_view::npos ? std::string(cluster)
                                                           : fmt::format("Cluster: {}", cluster);
}

// A route configuration that sends everything to one cluster.
std::string_view match_all_cluster(const RouteConfig& config) {
  if (config.virtual_hosts.size() != 1) return {};
  const VirtualHost& host = config.virtual_hosts.front();
  if (host.domains.size() != 1 || host.domains.front() != "*" || host.routes.size() != 1) return {};
  const Route& route = host.routes.front();
  const bool everything = route.match.path.kind == PathMatch::Kind::kPrefix &&
                          route.match.path.value == "/" &&
                          route.route.target == RouteAction::Target::kCluster;
  return everything ? route.route.cluster : std::string_view();
}

std::string inline_route_destination(json::Value route_config) {
  const RouteConfig config = decode_route_config(route_config);
  if (const auto cluster = match_all_cluster(config); !cluster.empty()) {
    return cluster_destination(cluster);
  }
  std::string out;
  for (const VirtualHost& host : config.virtual_hosts) {
    if (!out.empty()) out += "; ";
    if (host.domains.size() != 1 || host.domains.front() != "*") {
      out += fmt::format("{} ", fmt::join(host.domains, "/"));
    }
    std::string routes;
    for (const Route& route : host.routes) {
      routes += (routes.empty() ? "" : ", ") + path_cell(route.match.path);
    }
    out += routes;
  }
  return "Inline Route: " + out;
}

}  // namespace

std::string_view listener_address(const Address& address) {
  return address.kind == Address::Kind::kInternal ? std::string_view() : address.host;
}

std::string addresses_cell(const Listener& listener) {
  std::string out;
  for (std::size_t i = 0; i < listener.addresses.size(); ++i) {
    out += i == 0 ? "" : ",";
    out += listener_address(listener.addresses[i]);
  }
  return out;
}

std::string_view listener_type(const Listener& listener) {
  bool http = false;
  bool tcp = false;
  for (const FilterChain* chain : chains_of(listener)) {
    for (const Extension& filter : chain->filters) {
      http = http || is_http_connection_manager(filter);
      tcp = tcp || (is_tcp_proxy(filter) && !is_black_hole(filter));
    }
  }
  if (http) return tcp ? "HTTP+TCP" : "HTTP";
  return tcp ? "TCP" : "UNKNOWN";
}

std::string match_cell(const FilterChainMatch& match) {
  std::vector<std::string> parts;
  if (!match.server_names.empty()) {
    parts.push_back(fmt::format("SNI: {}", fmt::join(match.server_names, ",")));
  }
  if (!match.transport_protocol.empty()) {
    parts.push_back(fmt::format("Trans: {}", match.transport_protocol));
  }
  if (!match.application_protocols.empty()) {
    parts.push_back(protocols_cell(match.application_protocols));
  }
  if (std::string addresses = addresses_match_cell(match); !addresses.empty()) {
    parts.push_back(std::move(addresses));
  }
  return parts.empty() ? "ALL" : fmt::format("{}", fmt::join(parts, "; "));
}

std::string destination_cell(const FilterChain& chain) {
  for (const Extension& filter : chain.filters) {
    if (is_http_connection_manager(filter)) {
      const HttpConnectionManager manager = decode_http_connection_manager(filter);
      if (manager.route_source == HttpConnectionManager::RouteSource::kInline) {
        return inline_route_destination(manager.route_config);
      }
      return manager.rds_name.empty() ? "HTTP" : fmt::format("Route: {}", manager.rds_name);
    }
    if (is_tcp_proxy(filter) && !is_black_hole(filter)) {
      return cluster_destination(decode_tcp_proxy(filter).cluster);
    }
  }
  return "Non-HTTP/Non-TCP";
}

}  // namespace xdscope::tables
