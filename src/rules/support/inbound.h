// A sidecar's inbound ports and what they take: plain text, mutual TLS or both.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rules/context.h"

namespace xdscope::rules {

// The filter chains of one destination port of the listener virtualInbound
// (istio: pilot/pkg/networking/core/listener_inbound.go, filterchain_options.go).
struct InboundPort {
  enum class Mode { kStrict, kPermissive, kDisable };
  std::optional<std::uint32_t> port;  // unset: all ports that no Service names
  std::vector<const FilterChain*> tls;
  std::vector<const FilterChain*> plain;
  const Listener* listener = nullptr;

  Mode mode() const {
    if (plain.empty()) return Mode::kStrict;
    return tls.empty() ? Mode::kDisable : Mode::kPermissive;
  }
};
std::string_view mode_name(InboundPort::Mode mode);  // "PERMISSIVE"
// "port 8080" or "the ports that no Service names".
std::string port_text(const InboundPort& port);

// In the order of the dump. Chains that close connections (virtualInbound-blackhole) are left out,
// and so are chains that hand on TLS as it is.
std::vector<InboundPort> inbound_ports(const RuleContext& context);

}  // namespace xdscope::rules
