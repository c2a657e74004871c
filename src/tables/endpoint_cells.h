// The cells of the endpoint tables, and which endpoints pass a filter.
#pragma once

#include <string>
#include <string_view>

#include "xdscope/model/cluster.h"
#include "xdscope/tables.h"

namespace xdscope::tables {

// As the table of /clusters has an address, without the port: "10.0.0.1", "unix:///path",
// "envoy://listener/id"; "unknown" for none.
std::string host_address(const Address& address);
// With the port, where there is one.
std::string host_cell(const Address& address);
// As the table of EDS has it: always with the port, a pipe as its bare path.
std::string eds_address(const Address& address);
// All addresses of an endpoint, joined by commas.
std::string eds_cell(const Endpoint& endpoint);
// "region/zone/sub_zone", up to the first that is empty.
std::string locality_cell(const Locality& locality);

// Whether an endpoint of an assignment passes. istioctl compares the filter's address with ip:port,
// for any of the endpoint's addresses; an address without its port is taken, too.
bool passes(const Endpoint& endpoint, std::string_view cluster, const EndpointFilter& filter);
// Whether a host of /clusters passes.
bool passes(const HostStatus& host, std::string_view cluster, const EndpointFilter& filter);

}  // namespace xdscope::tables
