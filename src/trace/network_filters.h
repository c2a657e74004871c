// Network filters in front of the connection manager or tcp_proxy.
#pragma once

#include "trace/compiled.h"

namespace xdscope::trace {

NetworkFilter install_network_filter(const Extension& filter, const Index& index,
                                     const Runtime& runtime, Version envoy);

// The RBAC filter of connections: as that of HTTP, but it closes, and headers are always empty.
std::unique_ptr<HttpFilter> make_network_rbac_filter(const FilterSetup& setup);

}  // namespace xdscope::trace
