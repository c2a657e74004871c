#include <fmt/format.h>

#include "base/try.h"
#include "tables/row.h"
#include "tables/select.h"

namespace xdscope::tables {
namespace {

std::string or_dash(std::string_view text) { return std::string(text.empty() ? "-" : text); }

// The discovery type without decoding the rest; a custom cluster_type leaves the enum's default.
std::string type_cell(json::Value cluster) {
  if (!cluster.is_object()) return "-";
  return std::string(cluster["cluster_type"] ? "STATIC" : cluster["type"].string_or("STATIC"));
}

std::string tls_of(const std::optional<Extension>& socket) {
  if (!socket || socket->type_name() == "RawBuffer") return "none";
  if (socket->type_name() != "UpstreamTlsContext") return std::string(socket->type_name());
  for (const json::Value protocol :
       socket->config["common_tls_context"]["alpn_protocols"].elements()) {
    if (protocol.text().starts_with("istio")) return "mTLS (Istio)";
  }
  const json::Value common = socket->config["common_tls_context"];
  const bool certificate =
      !common["tls_certificates"].empty() || !common["tls_certificate_sds_secret_configs"].empty();
  return certificate ? "mTLS" : "TLS";
}

std::string tls_cell(const Cluster& cluster) {
  if (cluster.transport_socket_matches.empty()) return tls_of(cluster.transport_socket);
  std::string out;
  for (const TransportSocketMatch& match : cluster.transport_socket_matches) {
    out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", match.name,
                       tls_of(match.transport_socket));
  }
  if (cluster.transport_socket) out += fmt::format(", else: {}", tls_of(cluster.transport_socket));
  return out;
}

std::string members_cell(const Index& index, const Cluster& cluster) {
  const Members members = index.members(cluster);
  const bool by_design =
      members.source == Members::Source::kNone || cluster.type == Cluster::Type::kOriginalDst;
  if (by_design && members.count() == 0) return "-";
  if (!members.known()) return "unknown";
  std::size_t healthy = 0;
  for (const LocalityEndpoints& locality : members.assignment->localities) {
    // Delivered by LEDS, and in no dump.
    if (locality.source["leds_cluster_locality_config"]) return "unknown";
    for (const Endpoint& endpoint : locality.endpoints) healthy += endpoint.healthy() ? 1 : 0;
  }
  return fmt::format("{}/{}", healthy, members.count());
}

void add_wide_cells(const Index& index, const Resource& resource, std::vector<std::string>& row) {
  if (!resource.body.is_object()) {
    row.insert(row.end(), {"-", "-", "-"});
  } else {
    const Cluster& cluster = index.cluster(resource);
    row.insert(row.end(),
               {members_cell(index, cluster), tls_cell(cluster), std::string(cluster.lb_policy)});
  }
  row.push_back(state_cell(resource));
}

}  // namespace

Result<Table> clusters(const Index& index, const ClusterFilter& filter, Columns columns) {
  XDSCOPE_TRY_ASSIGN(Selection selection, select_clusters(index.snapshot(), filter, columns));
  Table table;
  table.header = {"SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE"};
  if (columns == Columns::kAll) table.header.insert(table.header.begin(), "NAME");
  if (columns == Columns::kWide) {
    table.header.insert(table.header.end(), {"HEALTHY", "TLS", "LB POLICY", "STATE"});
  }
  table.rows.reserve(selection.size());
  for (const Resource* resource : selection) {
    const ClusterName name = parse_cluster_name(resource->name);
    std::vector<std::string>& row = table.rows.emplace_back();
    row.reserve(table.header.size());
    // A nameless cluster has no cell there at all.
    const bool is_named = columns == Columns::kAll && !resource->name.empty();
    const std::string named = is_named ? fmt::format("cluster/{}", resource->name) : "";
    if (is_named) row.push_back(named);
    if (name.parsed) {
      append(row, name.host, std::to_string(name.port), or_dash(name.subset),
             or_dash(name.direction));
    } else {
      append(row, is_named ? named : std::string(name.host), "-", "-", "-");
    }
    append(row, type_cell(resource->body), management_cell(resource->body["metadata"]));
    if (columns == Columns::kWide) add_wide_cells(index, *resource, row);
  }
  return table;
}

}  // namespace xdscope::tables
