#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/try.h"
#include "tables/endpoint_cells.h"
#include "tables/row.h"
#include "tables/select.h"

namespace xdscope::tables {
namespace {

std::vector<std::string> eds_row(const Resource& resource, const LocalityEndpoints& locality,
                                 const Endpoint& endpoint, Columns columns) {
  std::string name = eds_cell(endpoint);
  if (columns == Columns::kAll) name.insert(0, "endpoint/");
  auto row = make_row(std::move(name), health_status_name(endpoint.health),
                      locality_cell(locality.locality), resource.name);
  if (columns == Columns::kWide) {
    const json::Value metadata = endpoint.metadata["filter_metadata"];
    append(row, std::to_string(locality.priority), std::to_string(endpoint.weight),
           metadata.at("envoy.transport_socket_match").at("tlsMode").string_or("-"),
           metadata.at("istio").at("workload").string_or("-"));
  }
  return row;
}

struct HostRow {
  HostStatus host;
  std::string_view cluster;
  std::string address;
  bool outlier_known = true;
};

std::string flags_cell(const HostStatus& host) {
  std::string out;
  for (const auto& [field, name] : {std::pair("failed_active_health_check", "failed health check"),
                                    std::pair("active_hc_timeout", "health check timed out"),
                                    std::pair("failed_active_degraded_check", "degraded"),
                                    std::pair("pending_active_hc", "health check pending"),
                                    std::pair("excluded_via_immediate_hc_fail", "excluded"),
                                    std::pair("failed_outlier_check", "ejected"),
                                    std::pair("pending_dynamic_removal", "being removed")}) {
    if (host.source["health_status"][field].boolean_or(false))
      out += fmt::format("{}{}", out.empty() ? "" : ", ", name);
  }
  return out.empty() ? "-" : out;
}

std::vector<HostRow> hosts_of_statuses(const Snapshot& snapshot, const EndpointFilter& filter) {
  std::vector<HostRow> rows;
  for (const json::Value cluster :
       snapshot.section(Section::kClusterStatuses)["cluster_statuses"].elements()) {
    const std::string_view name = cluster["name"].text();
    for (const json::Value status : cluster["host_statuses"].elements()) {
      const HostStatus host = decode_host_status(status);
      if (passes(host, name, filter))
        rows.push_back({host, name, host_address(host.address), true});
    }
  }
  return rows;
}

std::vector<HostRow> hosts_of_assignments(const Snapshot& snapshot, const EndpointFilter& filter) {
  std::vector<HostRow> rows;
  for (const Resource* resource : select_assignments(snapshot)) {
    for_each_endpoint(resource->body,
                      [&](const LocalityEndpoints& locality, const Endpoint& endpoint) {
                        if (!passes(endpoint, resource->name, filter)) return;
                        HostStatus host;
                        host.address = endpoint.address;
                        host.eds_health = endpoint.health;
                        host.weight = endpoint.weight;
                        host.priority = locality.priority;
                        host.locality = locality.locality;
                        host.hostname = endpoint.hostname;
                        rows.push_back({host, resource->name, host_address(host.address), false});
                      });
  }
  return rows;
}

}  // namespace

Result<Table> endpoints(const Index& index, const EndpointFilter& filter, Columns columns) {
  const Snapshot& snapshot = index.snapshot();
  std::vector<HostRow> rows;
  if (snapshot.has(Section::kClusterStatuses)) {
    rows = hosts_of_statuses(snapshot, filter);
  } else {
    XDSCOPE_TRY(require_section(snapshot, Section::kEndpoints));
    rows = hosts_of_assignments(snapshot, filter);
  }
  std::ranges::stable_sort(rows, {}, [](const HostRow& row) {
    return std::tuple(std::string_view(row.address), row.host.address.port, row.cluster);
  });
  Table table;
  table.header = {"ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER"};
  const bool wide = columns == Columns::kWide;
  if (wide) {
    table.header.insert(table.header.end(),
                        {"LOCALITY", "PRIORITY", "WEIGHT", "HOSTNAME", "FLAGS"});
  }
  for (const HostRow& row : rows) {
    // A dump has the result of all checks in one status: it does not say which failed.
    const char* outlier = !row.outlier_known              ? "-"
                          : row.host.failed_outlier_check ? "FAILED"
                                                          : "OK";
    auto& cells = table.rows.emplace_back(make_row(host_cell(row.host.address),
                                                   health_status_name(row.host.eds_health), outlier,
                                                   row.cluster));
    if (wide) {
      append(cells, locality_cell(row.host.locality), std::to_string(row.host.priority),
             std::to_string(row.host.weight), row.host.hostname, flags_cell(row.host));
    }
  }
  return table;
}

Result<Table> eds(const Index& index, const EndpointFilter& filter, Columns columns) {
  Table table;
  table.header = {"NAME", "STATUS", "LOCALITY", "CLUSTER"};
  const bool wide = columns == Columns::kWide;
  if (wide) table.header.insert(table.header.end(), {"PRIORITY", "WEIGHT", "TLS MODE", "WORKLOAD"});
  for (const Resource* resource : select_assignments(index.snapshot())) {
    for_each_endpoint(resource->body,
                      [&](const LocalityEndpoints& locality, const Endpoint& endpoint) {
                        if (!passes(endpoint, resource->name, filter)) return;
                        table.rows.push_back(eds_row(*resource, locality, endpoint, columns));
                      });
  }
  return table;
}

}  // namespace xdscope::tables
