#include "xdscope/model/common.h"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "json/broken.h"

namespace xdscope {
namespace {

constexpr std::string_view kTypePrefix = "type.googleapis.com/";

std::string_view message_type(json::Value any) {
  std::string_view type = any.at("@type").text();
  if (type.starts_with(kTypePrefix)) type.remove_prefix(kTypePrefix.size());
  return type;
}

// "virtual-service" as the path has it, "VirtualService" as Kubernetes does.
std::string kind_of(std::string_view segment) {
  std::string kind;
  bool upper = true;
  for (const char c : segment) {
    if (c == '-') {
      upper = true;
      continue;
    }
    kind += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  return kind;
}

json::Value istio_metadata(json::Value metadata) { return metadata["filter_metadata"].at("istio"); }

}  // namespace

Address decode_address(json::Value address) {
  Address out;
  out.source = address;
  if (const json::Value socket = address["socket_address"]) {
    out.kind = Address::Kind::kSocket;
    out.host = socket["address"].text();
    out.port = static_cast<std::uint32_t>(socket["port_value"].integer_or(0));
    out.udp = json::enum_name(socket["protocol"], "TCP", {"UDP"}) == "UDP";
    out.ipv4_compat = socket["ipv4_compat"].boolean_or(false);
  } else if (const json::Value pipe = address["pipe"]) {
    out.kind = Address::Kind::kPipe;
    out.host = pipe["path"].text();
  } else if (const json::Value internal = address["envoy_internal_address"]) {
    out.kind = Address::Kind::kInternal;
    out.host = internal["server_listener_name"].text();
    out.endpoint_id = internal["endpoint_id"].text();
  }
  return out;
}

std::string to_string(const Address& address) {
  switch (address.kind) {
    case Address::Kind::kSocket:
      return address.host.find(':') == std::string_view::npos
                 ? fmt::format("{}:{}", address.host, address.port)
                 : fmt::format("[{}]:{}", address.host, address.port);
    case Address::Kind::kPipe:
      return fmt::format("unix://{}", address.host);
    case Address::Kind::kInternal:
      return fmt::format("envoy://{}/{}", address.host, address.endpoint_id);
    case Address::Kind::kNone:
      break;
  }
  return "unknown";
}

std::optional<std::chrono::nanoseconds> decode_duration(json::Value duration) {
  std::string_view text = duration.text();
  if (!text.ends_with('s')) return std::nullopt;
  text.remove_suffix(1);
  double seconds = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // 10,000 years, the limit of the type.
  if (code != std::errc() || end != text.data() + text.size() || std::abs(seconds) > 315576000000.0)
    return std::nullopt;
  if (std::abs(seconds) > 9.0e9) seconds = seconds > 0 ? 9.0e9 : -9.0e9;
  return std::chrono::nanoseconds(std::llround(seconds * 1e9));
}

double FractionalPercent::share() const {
  return std::min(1.0, static_cast<double>(numerator) / denominator);
}

FractionalPercent decode_fractional_percent(json::Value percent) {
  FractionalPercent out;
  out.numerator = static_cast<std::uint32_t>(percent["numerator"].integer_or(0));
  const std::string_view denominator =
      json::enum_name(percent["denominator"], "HUNDRED", {"TEN_THOUSAND", "MILLION"});
  if (denominator == "TEN_THOUSAND") out.denominator = 10000;
  if (denominator == "MILLION") out.denominator = 1000000;
  return out;
}

std::string_view Extension::type_name() const { return type.substr(type.rfind('.') + 1); }

Extension decode_any(std::string_view name, json::Value any) {
  Extension out;
  out.name = name;
  out.source = any;
  out.type = message_type(any);
  out.config = any;
  if (out.type.ends_with("TypedStruct")) {
    std::string_view inner = any["type_url"].text();
    if (inner.starts_with(kTypePrefix)) inner.remove_prefix(kTypePrefix.size());
    out.type = inner;
    out.config = any["value"];
  }
  return out;
}

Extension decode_extension(json::Value extension) {
  const json::Value typed = extension["typed_config"];
  // v2's `config` is a Struct without a type: the name tells what it is.
  Extension out = decode_any(extension["name"].text(), typed ? typed : extension["config"]);
  out.disabled = extension["disabled"].boolean_or(false);
  out.is_optional = extension["is_optional"].boolean_or(false);
  out.config_discovery = static_cast<bool>(extension["config_discovery"]);
  out.source = extension;
  return out;
}

ResourceRef decode_owner(json::Value metadata) {
  ResourceRef ref;
  ref.config = istio_metadata(metadata).at("config").text();
  const auto parts = split(ref.config, '/');
  // "", apis, group, version, namespaces, NAMESPACE, kind, NAME
  if (parts.size() == 8) {
    ref.kind = kind_of(parts[6]);
    ref.namespace_ = parts[5];
    ref.name = parts[7];
  }
  return ref;
}

std::string to_string(const ResourceRef& ref) {
  if (!ref) return {};
  if (ref.kind.empty()) return std::string(ref.config);
  return fmt::format("{} {}/{}", ref.kind, ref.namespace_, ref.name);
}

std::vector<ServiceRef> decode_services(json::Value metadata) {
  std::vector<ServiceRef> services;
  for (const json::Value service : istio_metadata(metadata).at("services").elements()) {
    services.push_back(
        {service.at("host").text(), service.at("name").text(), service.at("namespace").text()});
  }
  return services;
}

ClusterName parse_cluster_name(std::string_view name) {
  ClusterName out;
  // The first three separators; without allocating: sorting calls this often.
  std::size_t bars[3] = {};
  std::size_t from = 0;
  for (std::size_t& bar : bars) {
    bar = name.find('|', from);
    if (bar == std::string_view::npos) {
      out.host = name;
      return out;
    }
    from = bar + 1;
  }
  out.parsed = true;
  out.direction = name.substr(0, bars[0]);
  out.subset = name.substr(bars[1] + 1, bars[2] - bars[1] - 1);
  out.host = name.substr(bars[2] + 1);
  if (out.host.find('|') != std::string_view::npos) out.host = {};
  const std::string_view port_text = name.substr(bars[0] + 1, bars[1] - bars[0] - 1);
  if (long port = 0; parse_decimal(port_text, port) && std::in_range<std::uint32_t>(port)) {
    out.port = static_cast<std::uint32_t>(port);
  }
  return out;
}

}  // namespace xdscope
