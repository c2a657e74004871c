#include <fmt/format.h>

#include "base/try.h"
#include "tables/route_cells.h"
#include "tables/row.h"
#include "tables/select.h"

namespace xdscope::tables {
namespace {

bool is_passthrough(const Route& route) {
  return route.action == Route::Action::kRoute &&
         route.route.target == RouteAction::Target::kCluster &&
         route.route.cluster == "PassthroughCluster";
}

std::string name_cell(const Resource& resource, Columns columns) {
  return columns == Columns::kAll ? fmt::format("route/{}", resource.name)
                                  : std::string(resource.name);
}

void add_rows(const Resource& resource, const VirtualHost& host, Columns columns, Table& table) {
  const bool wide = columns == Columns::kWide;
  // Once for all routes: both lists may be long.
  const std::string domains = domains_cell(host.domains);
  const auto lead = [&]() -> std::vector<std::string>& {
    return table.rows.emplace_back(make_row(name_cell(resource, columns), host.name, domains));
  };
  // A virtual host without routes answers 404 to everything; one with a matcher has its routes
  // there.
  if (host.routes.empty()) {
    auto& row = lead();
    const bool tree = wide && host.matcher;
    row.insert(row.end(), {tree ? "(matcher)" : "/*", tree ? "" : "404"});
    if (wide) row.insert(row.end(), {"-", "-", "-", "-", state_cell(resource)});
    return;
  }
  for (const Route& route : host.routes) {
    // istioctl leaves these out; with -o wide nothing is.
    if (is_passthrough(route) && !wide) continue;
    auto& row = lead();
    append(row, path_cell(route.match.path), management_cell(route.metadata));
    if (wide) {
      row.insert(row.end(), {destination_cell(route), conditions_cell(route.match, host),
                             retry_cell(route, host), timeout_cell(route), state_cell(resource)});
    }
  }
}

}  // namespace

Result<Table> routes(const Index& index, const RouteFilter& filter, Columns columns) {
  XDSCOPE_TRY_ASSIGN(Selection selection, select_routes(index.snapshot(), filter, columns));
  Table table;
  table.header = {"NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE"};
  if (columns == Columns::kWide) {
    table.header.insert(table.header.end(),
                        {"DESTINATION", "CONDITIONS", "RETRIES", "TIMEOUT", "STATE"});
  }
  for (const Resource* resource : selection) {
    if (!resource->body.is_object()) {
      table.rows.push_back({name_cell(*resource, columns), "-", "-", "-", "", "-", "-", "-", "-",
                            state_cell(*resource)});
      continue;
    }
    // Virtual hosts are decoded one by one: a table of a large mesh does not hold them all.
    for (const json::Value host : resource->body["virtual_hosts"].elements()) {
      add_rows(*resource, decode_virtual_host(host), columns, table);
    }
  }
  return table;
}

Result<Table> virtual_host_counts(const Index& index, const RouteFilter& filter, Columns columns) {
  XDSCOPE_TRY_ASSIGN(Selection selection, select_routes(index.snapshot(), filter, columns));
  Table table;
  table.header = {"NAME", "VIRTUAL HOSTS"};
  if (columns == Columns::kWide) table.header.emplace_back("STATE");
  for (const Resource* resource : selection) {
    auto& row = table.rows.emplace_back(std::vector<std::string>{
        name_cell(*resource, columns),
        resource->body.is_object() ? std::to_string(resource->body["virtual_hosts"].size()) : "-"});
    if (columns == Columns::kWide) row.push_back(state_cell(*resource));
  }
  return table;
}

}  // namespace xdscope::tables
