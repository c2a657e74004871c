// Which listener accepts a connection, and which one it is handed to.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trace/connection.h"
#include "xdscope/index.h"
#include "xdscope/trace.h"

namespace xdscope::trace {

struct ListenerChoice {
  const Listener* accepting = nullptr;  // whose socket takes the connection; nullptr: none
  const Listener* listener = nullptr;   // whose filter chains are matched: after a hand-off another
  bool handed_off = false;
  bool redirected = false;  // to the accepting listener, by iptables or the like
  bool tunnelled = false;   // through HBONE: `listener` is what a waypoint has inside the tunnel
};

// The listeners of a proxy by the addresses they stand for. Only serving ones: a listener that is
// warming, draining or rejected does not accept.
class ListenerTable {
 public:
  explicit ListenerTable(const Index& index);

  // Follows the connection to its listener. With `step`, tells why.
  ListenerChoice choose(const Connection& connection, Step* step) const;
  // The listener that redirected connections of that direction arrive at: 15001, 15006.
  const Listener* redirect_target(Connection::Direction direction) const;
  // The serving internal listener of that name; nullptr where there is none.
  const Listener* internal(std::string_view name) const;
  // Whether any serving listener owns a socket on this port.
  bool binds(std::uint32_t port) const;
  // An address that a connection to this port can be made to: the wildcard, else the first one.
  std::optional<IpAddress> address_on(std::uint32_t port) const;

 private:
  struct Entry {
    const Listener* listener = nullptr;
    IpAddress address;
    bool wildcard = false;
    bool v4_too = false;  // an IPv6 wildcard that also stands under 0.0.0.0
  };
  const Entry* find(const IpAddress& ip, std::uint32_t port, bool bound_only) const;
  void add(const Listener& listener);
  std::string bound_ports() const;
  void explain(const Connection& connection, const ListenerChoice& choice, Step& step) const;

  const Index& index_;
  std::unordered_map<std::uint32_t, std::vector<Entry>> by_port_;
  std::vector<const Listener*> serving_;
  const Listener* outbound_redirect_ = nullptr;
  const Listener* inbound_redirect_ = nullptr;
};

// Whether the listener restores the original destination: by its original_dst filter, or by
// use_original_dst, which adds one.
bool restores_destination(const Listener& listener);

}  // namespace xdscope::trace
