#include "tables/endpoint_cells.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace xdscope::tables {
namespace {

bool has_address(const Endpoint& endpoint, std::string_view wanted) {
  const auto is_wanted = [&](const Address& address) {
    return equals_ignoring_case(eds_address(address), wanted) ||
           equals_ignoring_case(host_address(address), wanted);
  };
  return is_wanted(endpoint.address) ||
         std::ranges::any_of(endpoint.additional_addresses, is_wanted);
}

// What both kinds of endpoints are asked for besides their address.
bool passes_others(const Address& address, HealthStatus health, std::string_view cluster,
                   const EndpointFilter& filter) {
  return (filter.port == 0 || address.port == filter.port) &&
         (filter.cluster.empty() || equals_ignoring_case(cluster, filter.cluster)) &&
         (filter.status.empty() || equals_ignoring_case(health_status_name(health), filter.status));
}

}  // namespace

std::string host_address(const Address& address) {
  switch (address.kind) {
    case Address::Kind::kSocket:
      return std::string(address.host);
    case Address::Kind::kPipe:
      return fmt::format("unix://{}", address.host);
    case Address::Kind::kInternal:
      if (address.host.empty()) break;
      return fmt::format("envoy://{}/{}", address.host, address.endpoint_id);
    case Address::Kind::kNone:
      break;
  }
  return "unknown";
}

std::string host_cell(const Address& address) {
  return address.port == 0 ? host_address(address)
                           : fmt::format("{}:{}", host_address(address), address.port);
}

std::string eds_address(const Address& address) {
  if (address.kind == Address::Kind::kPipe) return std::string(address.host);
  if (address.kind == Address::Kind::kSocket) {
    return fmt::format("{}:{}", address.host, address.port);
  }
  return host_address(address);
}

std::string eds_cell(const Endpoint& endpoint) {
  std::string cell = eds_address(endpoint.address);
  for (const Address& additional : endpoint.additional_addresses) {
    cell += "," + eds_address(additional);
  }
  return cell;
}

std::string locality_cell(const Locality& locality) {
  std::string out(locality.region);
  if (locality.zone.empty()) return out;
  out += fmt::format("/{}", locality.zone);
  if (!locality.sub_zone.empty()) out += fmt::format("/{}", locality.sub_zone);
  return out;
}

bool passes(const Endpoint& endpoint, std::string_view cluster, const EndpointFilter& filter) {
  return (filter.address.empty() || has_address(endpoint, filter.address)) &&
         passes_others(endpoint.address, endpoint.health, cluster, filter);
}

bool passes(const HostStatus& host, std::string_view cluster, const EndpointFilter& filter) {
  return (filter.address.empty() ||
          equals_ignoring_case(host_address(host.address), filter.address)) &&
         passes_others(host.address, host.eds_health, cluster, filter);
}

}  // namespace xdscope::tables
