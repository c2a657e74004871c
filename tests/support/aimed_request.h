// Requests that reach a given place of a configuration, made from that place alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xdscope/index.h"
#include "xdscope/trace.h"

namespace xdscope::testing {

// Where in the configuration a piece of evidence stands; members are nullptr where it stands
// outside of such a thing.
struct Place {
  std::vector<const HttpUse*> uses;  // how requests get there
  const Listener* listener = nullptr;
  const FilterChain* chain = nullptr;
  const RouteConfig* config = nullptr;
  const VirtualHost* host = nullptr;
  const Route* route = nullptr;
};
Place place_of(const Index& index, const Evidence& evidence);

// A connection that the filter chain takes.
TraceRequest connection_to(const Listener& listener, const FilterChain& chain);
// The same with a request for the virtual host; without one, for a host that no domain names.
TraceRequest request_to(const HttpUse& use, const VirtualHost* host);
// Fills in what the match asks for; false where that cannot be told (regular expressions).
bool aim(TraceRequest& request, const RouteMatch& match);

// One request for every way to the place.
std::vector<TraceRequest> requests_to(const Place& place);

}  // namespace xdscope::testing
