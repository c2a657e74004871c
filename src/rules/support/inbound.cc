#include "rules/support/inbound.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/filter_chains.h"

namespace xdscope::rules {
namespace {

bool terminates_tls(const FilterChain& chain) {
  return chain.transport_socket && chain.transport_socket->type_name() == "DownstreamTlsContext";
}

void add_chain(const Listener& listener, const FilterChain& chain, std::vector<InboundPort>& out) {
  if (chain.name == "virtualInbound-blackhole") return;
  const bool tls = terminates_tls(chain);
  if (!tls && chain.match.transport_protocol == "tls") return;
  auto it = std::find_if(out.begin(), out.end(), [&](const InboundPort& port) {
    return port.listener == &listener && port.port == chain.match.destination_port;
  });
  if (it == out.end()) {
    out.push_back({chain.match.destination_port, {}, {}, &listener});
    it = std::prev(out.end());
  }
  (tls ? it->tls : it->plain).push_back(&chain);
}

}  // namespace

std::string_view mode_name(InboundPort::Mode mode) {
  switch (mode) {
    case InboundPort::Mode::kStrict:
      return "STRICT";
    case InboundPort::Mode::kPermissive:
      return "PERMISSIVE";
    case InboundPort::Mode::kDisable:
      break;
  }
  return "DISABLE";
}

std::string port_text(const InboundPort& port) {
  return port.port ? fmt::format("port {}", *port.port) : "the ports that no Service names";
}

std::vector<InboundPort> inbound_ports(const RuleContext& context) {
  std::vector<InboundPort> out;
  for (const Listener* listener : context.listeners()) {
    if (listener->name != "virtualInbound") continue;
    for (const FilterChain* chain : chains_of(*listener)) add_chain(*listener, *chain, out);
  }
  return out;
}

}  // namespace xdscope::rules
