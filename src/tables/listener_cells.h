// The cells of the listener table.
#pragma once

#include <string>
#include <string_view>

#include "xdscope/model/listener.h"

namespace xdscope::tables {

// IP, or path of a pipe; "" for internal listeners.
std::string_view listener_address(const Address& address);
// All addresses of a listener, joined by commas.
std::string addresses_cell(const Listener& listener);
// HTTP, HTTP+TCP, TCP or UNKNOWN, by the filters of all its chains; black holes do not count.
std::string_view listener_type(const Listener& listener);
// What a filter chain asks of a connection: "SNI: a,b; Trans: tls; App: h2; Addr: 10.0.0.1/32:80".
std::string match_cell(const FilterChainMatch& match);
// Where a filter chain leads: "Route: 80", "Cluster: …", "Inline Route: …".
std::string destination_cell(const FilterChain& chain);

}  // namespace xdscope::tables
