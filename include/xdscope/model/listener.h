// Listeners, filter chains and the filters that take part in routing.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "xdscope/json.h"
#include "xdscope/model/common.h"

namespace xdscope {

struct CidrRange {
  std::string_view address;
  std::uint32_t length = 0;  // CidrRange.prefix_len; absent means 0
  json::Value source;
};

// envoy.config.listener.v3.FilterChainMatch.
struct FilterChainMatch {
  enum class SourceType { kAny, kLocal, kExternal };
  std::optional<std::uint32_t> destination_port;
  std::vector<CidrRange> prefix_ranges;
  std::vector<std::string_view> server_names;
  std::string_view transport_protocol;
  std::vector<std::string_view> application_protocols;
  std::vector<CidrRange> direct_source_prefix_ranges;
  SourceType source_type = SourceType::kAny;
  std::vector<CidrRange> source_prefix_ranges;
  std::vector<std::uint32_t> source_ports;
  json::Value source;
};

struct FilterChain {
  std::string_view name;
  FilterChainMatch match;
  std::vector<Extension> filters;
  std::optional<Extension> transport_socket;
  json::Value metadata;
  ResourceRef owner;
  json::Value source;
};

struct Listener {
  enum class Direction { kUnspecified, kInbound, kOutbound };
  std::string_view name;
  std::vector<Address> addresses;  // the primary one, then additional_addresses
  bool bind_to_port = true;        // unset means true
  bool use_original_dst = false;
  bool internal = false;  // internal_listener
  Direction direction = Direction::kUnspecified;
  std::vector<Extension> listener_filters;
  std::vector<FilterChain> filter_chains;
  std::optional<FilterChain> default_filter_chain;
  json::Value filter_chain_matcher;
  bool continue_on_listener_filters_timeout = false;
  json::Value source;

  // "10.0.0.1:80"; for people and sorting.
  const Address& primary() const;
};
Listener decode_listener(json::Value listener);

// envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager. Options that
// only later stages need are read from `source` there.
struct HttpConnectionManager {
  enum class RouteSource { kNone, kInline, kRds, kScoped };
  RouteSource route_source = RouteSource::kNone;
  json::Value route_config;   // kInline
  std::string_view rds_name;  // kRds
  json::Value scoped_routes;  // kScoped
  std::vector<Extension> http_filters;
  json::Value source;
};
bool is_http_connection_manager(const Extension& filter);
HttpConnectionManager decode_http_connection_manager(const Extension& filter);

// envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy.
struct WeightedTarget {
  std::string_view cluster;
  std::uint32_t weight = 0;
  json::Value source;
};
struct TcpProxy {
  std::string_view cluster;
  std::vector<WeightedTarget> weighted_clusters;
  json::Value source;
};
bool is_tcp_proxy(const Extension& filter);
TcpProxy decode_tcp_proxy(const Extension& filter);

}  // namespace xdscope
