#include <algorithm>

#include <fmt/format.h>

#include "base/try.h"
#include "model/filter_chains.h"
#include "tables/listener_cells.h"
#include "tables/select.h"

namespace xdscope::tables {
namespace {

std::string tls_cell(const FilterChain& chain) {
  if (!chain.transport_socket || chain.transport_socket->type_name() == "RawBuffer") return "none";
  if (chain.transport_socket->type_name() != "DownstreamTlsContext") {
    return std::string(chain.transport_socket->type_name());
  }
  return chain.transport_socket->config["require_client_certificate"].boolean_or(false) ? "mTLS"
                                                                                        : "TLS";
}

std::string dash_if_empty(std::string_view text) { return std::string(text.empty() ? "-" : text); }

struct ChainRow {
  std::string destination;
  std::string match;
  const FilterChain* chain;
};

// Chains by destination descending, as istioctl intends.
std::vector<ChainRow> chain_rows(const Listener& listener) {
  std::vector<ChainRow> rows;
  for (const FilterChain* chain : chains_of(listener)) {
    rows.push_back({destination_cell(*chain), match_cell(chain->match), chain});
  }
  std::ranges::stable_sort(rows, std::greater<>(), &ChainRow::destination);
  return rows;
}

std::vector<std::string> lead_cells(const Listener& listener, Columns columns) {
  std::vector<std::string> row;
  if (columns != Columns::kShort) {
    row.push_back(columns == Columns::kAll ? fmt::format("listener/{}", listener.name)
                                           : dash_if_empty(listener.name));
  }
  // Of one that was refused the dump may not say what it was.
  const bool known = listener.source.is_object();
  row.push_back(known ? addresses_cell(listener) : "-");
  row.push_back(known ? std::to_string(listener.primary().port) : "-");
  return row;
}

}  // namespace

Result<Table> listeners(const Index& index, const ListenerFilter& filter, Columns columns) {
  XDSCOPE_TRY_ASSIGN(Selection selection, select_listeners(index, filter, columns));
  Table table;
  table.padding = 1;
  table.header = {"ADDRESSES", "PORT", "MATCH", "DESTINATION"};
  const bool wide = columns == Columns::kWide;
  if (columns != Columns::kShort) table.header.insert(table.header.begin(), "NAME");
  if (wide) table.header.insert(table.header.end(), {"FILTER CHAIN", "TLS", "DIRECTION", "STATE"});
  for (const Resource* resource : selection) {
    const Listener& listener = index.listener(*resource);
    const std::string_view direction =
        listener.direction == Listener::Direction::kInbound    ? "inbound"
        : listener.direction == Listener::Direction::kOutbound ? "outbound"
                                                               : "-";
    const auto rows = chain_rows(listener);
    for (const ChainRow& chain : rows) {
      auto& row = table.rows.emplace_back(lead_cells(listener, columns));
      row.insert(row.end(), {chain.match, chain.destination});
      if (wide) {
        row.insert(row.end(), {dash_if_empty(chain.chain->name), tls_cell(*chain.chain),
                               std::string(direction), state_cell(*resource)});
      }
    }
    if (rows.empty() && wide) {
      auto& row = table.rows.emplace_back(lead_cells(listener, columns));
      row.insert(row.end(), {"-", "-", "-", "-", std::string(direction), state_cell(*resource)});
    }
  }
  return table;
}

Result<Table> listener_types(const Index& index, const ListenerFilter& filter, Columns columns) {
  XDSCOPE_TRY_ASSIGN(Selection selection, select_listeners(index, filter, columns));
  Table table;
  table.padding = 1;
  table.header = {"ADDRESSES", "PORT", "TYPE"};
  if (columns != Columns::kShort) table.header.insert(table.header.begin(), "NAME");
  if (columns == Columns::kWide) table.header.emplace_back("STATE");
  for (const Resource* resource : selection) {
    const Listener& listener = index.listener(*resource);
    auto& row = table.rows.emplace_back(lead_cells(listener, columns));
    row.emplace_back(listener_type(listener));
    if (columns == Columns::kWide) row.push_back(state_cell(*resource));
  }
  return table;
}

}  // namespace xdscope::tables
