// What a listener's filters find out about a connection before its filter chain is chosen.
#pragma once

#include "trace/connection.h"
#include "xdscope/model/listener.h"
#include "xdscope/trace.h"

namespace xdscope::trace {

// Runs the listener filters in order: restores the original destination, detects TLS, SNI, ALPN and
// HTTP. Criteria that no filter detects stay empty, whatever the client sends. `redirected`: the
// connection has an original destination to restore. With `step`, tells what was detected.
// Returns why the result cannot be told, "" where it can.
std::string_view run_listener_filters(const Listener& listener, bool redirected,
                                      Connection& connection, Step* step);

}  // namespace xdscope::trace
