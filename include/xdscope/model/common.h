// Parts that many Envoy messages share, with Envoy's defaults filled in. Views and values live as
// long as the snapshot they were decoded from.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/json.h"

namespace xdscope {

// envoy.config.core.v3.Address.
struct Address {
  enum class Kind { kNone, kSocket, kPipe, kInternal };
  Kind kind = Kind::kNone;
  std::string_view host;         // IP or host name; the path of a pipe; the listener's name
  std::string_view endpoint_id;  // kInternal only
  std::uint32_t port = 0;
  bool udp = false;
  bool ipv4_compat = false;
  json::Value source;
};
Address decode_address(json::Value address);
// "10.0.0.1:80", "[fd00::1]:80", "unix:///path", "envoy://listener/id"; for people.
std::string to_string(const Address& address);

// "1.5s", the proto3 JSON mapping of google.protobuf.Duration; nothing where absent or malformed.
std::optional<std::chrono::nanoseconds> decode_duration(json::Value duration);

// envoy.type.v3.FractionalPercent.
struct FractionalPercent {
  std::uint32_t numerator = 0;
  std::uint32_t denominator = 100;
  double share() const;  // 0 to 1
};
FractionalPercent decode_fractional_percent(json::Value percent);

// An extension by name and type: a filter, transport socket, predicate, …. A TypedStruct
// (udpa.type.v1, xds.type.v3) is unwrapped: `type` and `config` are those it carries.
struct Extension {
  std::string_view name;
  std::string_view type;  // without "type.googleapis.com/"; "" where the dump has no type
  json::Value config;
  bool disabled = false;          // HttpFilter.disabled
  bool is_optional = false;       // HttpFilter.is_optional
  bool config_discovery = false;  // delivered by ECDS: config is then in the ECDS section
  json::Value source;

  // The last name of the message type: "HttpConnectionManager".
  std::string_view type_name() const;
};
// A message with `name` and `typed_config` (or the deprecated `config`).
Extension decode_extension(json::Value extension);
// An Any by itself, such as a value of typed_per_filter_config.
Extension decode_any(std::string_view name, json::Value any);

// The Kubernetes resource that a piece of configuration comes from, as Istio records it in
// metadata.filter_metadata.istio.config:
// "/apis/networking.istio.io/v1/namespaces/NS/virtual-service/NAME".
struct ResourceRef {
  std::string_view config;  // the path as it stands
  std::string kind;         // "VirtualService"
  std::string_view namespace_;
  std::string_view name;
  explicit operator bool() const { return !config.empty(); }
};
ResourceRef decode_owner(json::Value metadata);
// "VirtualService bar-namespace/bar"; "" for none.
std::string to_string(const ResourceRef& ref);

// metadata.filter_metadata.istio.services[]: the Kubernetes services behind it.
struct ServiceRef {
  std::string_view host;
  std::string_view name;
  std::string_view namespace_;
};
std::vector<ServiceRef> decode_services(json::Value metadata);

// Istio's cluster names: "outbound|8080|v1|reviews.default.svc.cluster.local", "inbound|8080||"
// (istio: pilot/pkg/model ParseSubsetKey; a name of more than four parts has no host there).
struct ClusterName {
  std::string_view direction;
  std::string_view subset;
  std::string_view host;
  std::uint32_t port = 0;
  bool parsed = false;  // false for any other name; `host` is then the whole name
};
ClusterName parse_cluster_name(std::string_view name);

}  // namespace xdscope
