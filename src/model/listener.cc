#include "xdscope/model/listener.h"

#include "json/broken.h"

namespace xdscope {
namespace {

std::vector<std::string_view> decode_strings(json::Value list) {
  std::vector<std::string_view> out;
  for (const json::Value item : list.elements()) out.push_back(item.text());
  return out;
}

std::vector<CidrRange> decode_ranges(json::Value list) {
  std::vector<CidrRange> out;
  for (const json::Value range : list.elements()) {
    out.push_back({range["address_prefix"].text(),
                   static_cast<std::uint32_t>(range["prefix_len"].integer_or(0)), range});
  }
  return out;
}

FilterChainMatch decode_match(json::Value match) {
  FilterChainMatch out;
  out.source = match;
  if (const auto port = match["destination_port"].integer()) {
    out.destination_port = static_cast<std::uint32_t>(*port);
  }
  out.prefix_ranges = decode_ranges(match["prefix_ranges"]);
  out.server_names = decode_strings(match["server_names"]);
  out.transport_protocol = match["transport_protocol"].text();
  out.application_protocols = decode_strings(match["application_protocols"]);
  out.direct_source_prefix_ranges = decode_ranges(match["direct_source_prefix_ranges"]);
  out.source_prefix_ranges = decode_ranges(match["source_prefix_ranges"]);
  for (const json::Value port : match["source_ports"].elements()) {
    out.source_ports.push_back(static_cast<std::uint32_t>(port.integer_or(0)));
  }
  const std::string_view type =
      json::enum_name(match["source_type"], "ANY", {"SAME_IP_OR_LOOPBACK", "LOCAL", "EXTERNAL"});
  // LOCAL was the v2 name of SAME_IP_OR_LOOPBACK.
  if (type == "SAME_IP_OR_LOOPBACK" || type == "LOCAL") {
    out.source_type = FilterChainMatch::SourceType::kLocal;
  } else if (type == "EXTERNAL") {
    out.source_type = FilterChainMatch::SourceType::kExternal;
  }
  return out;
}

FilterChain decode_filter_chain(json::Value chain) {
  FilterChain out;
  out.source = chain;
  out.name = chain["name"].text();
  out.match = decode_match(chain["filter_chain_match"]);
  for (const json::Value filter : chain["filters"].elements()) {
    out.filters.push_back(decode_extension(filter));
  }
  if (const json::Value socket = chain["transport_socket"]) {
    out.transport_socket = decode_extension(socket);
  } else if (const json::Value context = chain["tls_context"]) {
    // v2 before transport sockets.
    out.transport_socket = decode_any("envoy.transport_sockets.tls", context);
    out.transport_socket->type = "envoy.api.v2.auth.DownstreamTlsContext";
  }
  out.metadata = chain["metadata"];
  out.owner = decode_owner(out.metadata);
  return out;
}

}  // namespace

const Address& Listener::primary() const {
  static const Address kNowhere;
  return addresses.empty() ? kNowhere : addresses.front();
}

Listener decode_listener(json::Value listener) {
  Listener out;
  out.source = listener;
  out.name = listener["name"].text();
  if (const json::Value address = listener["address"]) {
    out.addresses.push_back(decode_address(address));
  }
  for (const json::Value additional : listener["additional_addresses"].elements()) {
    out.addresses.push_back(decode_address(additional["address"]));
  }
  // deprecated_v1.bind_to_port is v2's spelling.
  out.bind_to_port = listener["bind_to_port"].boolean_or(
      listener["deprecated_v1"]["bind_to_port"].boolean_or(true));
  out.use_original_dst = listener["use_original_dst"].boolean_or(
      listener["hidden_envoy_deprecated_use_original_dst"].boolean_or(false));
  out.internal = static_cast<bool>(listener["internal_listener"]);
  const std::string_view direction =
      json::enum_name(listener["traffic_direction"], "UNSPECIFIED", {"INBOUND", "OUTBOUND"});
  if (direction == "INBOUND") out.direction = Listener::Direction::kInbound;
  if (direction == "OUTBOUND") out.direction = Listener::Direction::kOutbound;
  for (const json::Value filter : listener["listener_filters"].elements()) {
    out.listener_filters.push_back(decode_extension(filter));
  }
  for (const json::Value chain : listener["filter_chains"].elements()) {
    out.filter_chains.push_back(decode_filter_chain(chain));
  }
  if (const json::Value chain = listener["default_filter_chain"]) {
    out.default_filter_chain = decode_filter_chain(chain);
  }
  out.filter_chain_matcher = listener["filter_chain_matcher"];
  out.continue_on_listener_filters_timeout =
      listener["continue_on_listener_filters_timeout"].boolean_or(false);
  return out;
}

bool is_http_connection_manager(const Extension& filter) {
  return filter.type_name() == "HttpConnectionManager" ||
         (filter.type.empty() && (filter.name == "envoy.http_connection_manager" ||
                                  filter.name == "envoy.filters.network.http_connection_manager"));
}

HttpConnectionManager decode_http_connection_manager(const Extension& filter) {
  HttpConnectionManager out;
  const json::Value config = filter.config;
  out.source = config;
  if (const json::Value inline_routes = config["route_config"]) {
    out.route_source = HttpConnectionManager::RouteSource::kInline;
    out.route_config = inline_routes;
  } else if (const json::Value rds = config["rds"]) {
    out.route_source = HttpConnectionManager::RouteSource::kRds;
    out.rds_name = rds["route_config_name"].text();
  } else if (const json::Value scoped = config["scoped_routes"]) {
    out.route_source = HttpConnectionManager::RouteSource::kScoped;
    out.scoped_routes = scoped;
  }
  for (const json::Value http_filter : config["http_filters"].elements()) {
    out.http_filters.push_back(decode_extension(http_filter));
  }
  return out;
}

bool is_tcp_proxy(const Extension& filter) {
  return filter.type_name() == "TcpProxy" ||
         (filter.type.empty() &&
          (filter.name == "envoy.tcp_proxy" || filter.name == "envoy.filters.network.tcp_proxy"));
}

TcpProxy decode_tcp_proxy(const Extension& filter) {
  TcpProxy out;
  out.source = filter.config;
  out.cluster = filter.config["cluster"].text();
  for (const json::Value target : filter.config["weighted_clusters"]["clusters"].elements()) {
    out.weighted_clusters.push_back({target["name"].text(),
                                     static_cast<std::uint32_t>(target["weight"].integer_or(0)),
                                     target});
  }
  return out;
}

}  // namespace xdscope
