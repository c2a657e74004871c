// Which transport socket connections to an endpoint use.
#pragma once

#include <string_view>

#include "xdscope/model/cluster.h"

namespace xdscope::trace {

// nullptr for plain text. `match_name` is that of the transport_socket_matches entry, "" for the
// cluster's own.
struct SocketChoice {
  const Extension* socket = nullptr;
  std::string_view match_name;
};
SocketChoice transport_socket_of(const Cluster& cluster, const Endpoint& endpoint,
                                 const LocalityEndpoints* locality);

}  // namespace xdscope::trace
