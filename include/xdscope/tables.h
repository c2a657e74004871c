// The tables of `istioctl proxy-config`, from a snapshot.
//
// Cells, headers and padding are istioctl's. Rows stand in the order that istioctl's comparators
// intend, made total; each function says which. With Columns::kWide come the columns that istioctl
// leaves out, and what does not serve: warming, draining and rejected resources.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/error.h"
#include "xdscope/index.h"
#include "xdscope/snapshot.h"

namespace xdscope::tables {

struct Table {
  std::vector<std::string> header;
  // A row may have fewer cells than the header.
  std::vector<std::vector<std::string>> rows;
  // Spaces between columns.
  std::size_t padding = 5;
  // What istioctl says instead of a table that would be empty.
  std::string sentence = {};
};

// The table as istioctl's tabwriter aligns it, control characters made visible. Ends with a line
// break.
std::string to_text(Table table);
// Puts a column before the others: for the tables of many proxies.
void prepend_column(Table& table, std::string header, const std::string& cell);

enum class Columns {
  kShort,
  kWide,
  kAll,  // as `proxy-config all` prints it: names with their kind in front
};

// All filters that are set must hold; empty text and port 0 mean "any".

// fqdn, direction and subset: parts of the cluster's name, as istioctl compares them.
struct ClusterFilter {
  std::string fqdn;
  std::string direction;
  std::string subset;
  std::uint32_t port = 0;
};
// By host, subset, port, direction, name; then as in the dump.
Result<Table> clusters(const Index& index, const ClusterFilter& filter, Columns columns);

struct ListenerFilter {
  std::string address;  // any address of the listener, without port
  std::string type;     // HTTP, TCP, HTTP+TCP, UNKNOWN
  std::uint32_t port = 0;
};
// Listeners by port, address, type, name; filter chains by destination descending; then as in the
// dump.
Result<Table> listeners(const Index& index, const ListenerFilter& filter, Columns columns);
// One row a listener: `--verbose=false`.
Result<Table> listener_types(const Index& index, const ListenerFilter& filter, Columns columns);
// One row for each way to a filter chain: `--waypoint`. Listeners by port, address and type,
// internal ones by name; filter chains as in the dump.
Result<Table> waypoint_listeners(const Index& index);

struct RouteFilter {
  std::string name;  // of the route configuration, whole
};
// Route configurations with a number for a name first, ascending, then the others by name; inside
// one, as in the dump.
Result<Table> routes(const Index& index, const RouteFilter& filter, Columns columns);
// One row a route configuration: `--verbose=false`.
Result<Table> virtual_host_counts(const Index& index, const RouteFilter& filter, Columns columns);

struct EndpointFilter {
  std::string address;  // for endpoints(): the IP; for eds(): ip:port, or the IP
  std::string cluster;
  std::string status;  // HEALTHY, UNHEALTHY, …
  std::uint32_t port = 0;
};
// From /clusters, else from a dump with endpoints. By address, port, cluster; then as in the input.
Result<Table> endpoints(const Index& index, const EndpointFilter& filter, Columns columns);
// From a dump with endpoints. By cluster as clusters() orders them; inside one, as in the dump.
Result<Table> eds(const Index& index, const EndpointFilter& filter, Columns columns);

// By type, name. With Columns::kWide what Envoy rejected, too.
Result<Table> ecds(const Snapshot& snapshot, Columns columns);

// Validity is judged at `now`, in seconds since 1970. In the order of the dump, warming first.
Result<Table> secrets(const Snapshot& snapshot, std::int64_t now, Columns columns);

// Istio's and Envoy's version: `bootstrap -o short`.
Result<Table> bootstrap_summary(const Snapshot& snapshot);

}  // namespace xdscope::tables
