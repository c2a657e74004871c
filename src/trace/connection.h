// The downstream connection of a request, as far as the configuration can ask about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/ip.h"

namespace xdscope::trace {

// What arrives, and what the listener filters made of it.
struct Connection {
  enum class Direction { kUnspecified, kInbound, kOutbound };
  Direction direction = Direction::kUnspecified;

  // What the client connected to. Where the connection is redirected to the proxy (15001, 15006)
  // this is the original destination, which only an original_dst listener filter restores.
  IpAddress destination;
  std::uint32_t port = 0;
  bool destination_known = true;  // false: any address that no listener stands for
  // The local address as the proxy sees it: that of the listener's socket until restored.
  IpAddress local_address;
  std::uint32_t local_port = 0;
  bool local_restored = false;

  // The client. Absent: not known, and taken for a remote one.
  std::optional<IpAddress> source;
  std::uint32_t source_port = 0;  // 0: not known
  // A PROXY header came first: the peer is another one than the source, and where nothing else
  // tells the destination, that in the header is not known either.
  bool proxied = false;
  bool destination_in_header = false;
  // The client as the connection manager sees it: from x-forwarded-for where that is trusted.
  std::optional<IpAddress> remote;

  // What the client really speaks.
  bool tls = false;
  bool tls_terminated = false;  // by the filter chain
  std::string_view sni;         // lower case, "" for none
  std::vector<std::string_view> alpn;
  std::optional<std::string_view> identity;  // from a client certificate; absent: not known
  bool http1_0 = false;
  bool http2 = false;  // with prior knowledge, where not TLS

  // What listener filters detected, and so filter chains are matched by.
  std::string_view transport_protocol = "raw_buffer";
  std::string_view detected_sni;
  std::vector<std::string_view> application_protocols;

  // Envoy: Utility::isSameIpOrLoopback.
  bool source_is_local() const {
    return source && (source->loopback() || (!source->internal && *source == local_address));
  }
};

}  // namespace xdscope::trace
