#include "trace/listener_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace xdscope::trace {
namespace {

bool is_original_dst(const Extension& filter) {
  return filter.type_name() == "OriginalDst" ||
         filter.name == "envoy.filters.listener.original_dst" ||
         filter.name == "envoy.listener.original_dst";
}

// An IPv6 wildcard with ipv4_compat also answers IPv4 (v6only off).
bool answers_v4(const Address& address, const IpAddress& ip) {
  return ip.v6 && ip.unspecified() && address.ipv4_compat;
}

std::string_view direction_name(Connection::Direction direction) {
  return direction == Connection::Direction::kInbound ? "inbound" : "outbound";
}

}  // namespace

bool restores_destination(const Listener& listener) {
  return listener.use_original_dst || std::any_of(listener.listener_filters.begin(),
                                                  listener.listener_filters.end(), is_original_dst);
}

ListenerTable::ListenerTable(const Index& index) : index_(index) {
  for (const Resource& resource : index.snapshot().resources(Section::kListeners)) {
    if (!resource.serves() || !resource.body) continue;
    add(index.listener(resource));
  }
  for (const Listener* listener : serving_) {
    if (!restores_destination(*listener) || !listener->bind_to_port) continue;
    const bool inbound =
        listener->direction == Listener::Direction::kInbound || listener->name == "virtualInbound";
    const Listener*& target = inbound ? inbound_redirect_ : outbound_redirect_;
    // Outbound interception works by hand-off: the filter alone is no sign of it.
    if (!inbound && !listener->use_original_dst) continue;
    if (target == nullptr) target = listener;
  }
  // Before 1.6 Istio sent inbound connections through the one virtual listener, too.
  if (inbound_redirect_ == nullptr && outbound_redirect_ != nullptr &&
      outbound_redirect_->direction == Listener::Direction::kUnspecified) {
    inbound_redirect_ = outbound_redirect_;
  }
}

void ListenerTable::add(const Listener& listener) {
  serving_.push_back(&listener);
  for (const Address& address : listener.addresses) {
    if (address.kind != Address::Kind::kSocket || address.udp) continue;
    const auto ip = parse_ip(address.host);
    if (!ip) continue;
    by_port_[address.port].push_back({&listener, *ip, ip->unspecified(), answers_v4(address, *ip)});
  }
}

const Listener* ListenerTable::redirect_target(Connection::Direction direction) const {
  if (direction == Connection::Direction::kInbound) return inbound_redirect_;
  if (direction == Connection::Direction::kOutbound) return outbound_redirect_;
  return nullptr;
}

const Listener* ListenerTable::internal(std::string_view name) const {
  for (const Listener* listener : serving_) {
    const bool is_internal =
        listener->internal || listener->primary().kind == Address::Kind::kInternal;
    if (is_internal && listener->name == name) return listener;
  }
  return nullptr;
}

bool ListenerTable::binds(std::uint32_t port) const {
  const auto entries = by_port_.find(port);
  return entries != by_port_.end() &&
         std::any_of(entries->second.begin(), entries->second.end(),
                     [](const Entry& e) { return e.listener->bind_to_port; });
}

std::string ListenerTable::bound_ports() const {
  std::set<std::uint32_t> ports;
  for (const auto& [port, entries] : by_port_) {
    if (binds(port)) ports.insert(port);
  }
  return fmt::format("{}", fmt::join(ports, ", "));
}

std::optional<IpAddress> ListenerTable::address_on(std::uint32_t port) const {
  const auto entries = by_port_.find(port);
  if (entries == by_port_.end()) return {};
  std::optional<IpAddress> first;
  for (const Entry& entry : entries->second) {
    if (!entry.listener->bind_to_port) continue;
    if (entry.wildcard) return entry.address;
    if (!first) first = entry.address;
  }
  return first;
}

// Envoy: ConnectionHandlerImpl::getBalancedHandlerByAddress: the exact address, then the wildcard
// of its family.
const ListenerTable::Entry* ListenerTable::find(const IpAddress& ip, std::uint32_t port,
                                                bool bound_only) const {
  const auto entries = by_port_.find(port);
  if (entries == by_port_.end()) return nullptr;
  const Entry* wildcard = nullptr;
  for (const Entry& entry : entries->second) {
    if (bound_only && !entry.listener->bind_to_port) continue;
    if (entry.address == ip) return &entry;
    if (!entry.wildcard) continue;
    const bool own_family = entry.address.v6 == ip.v6;
    if (own_family || (entry.v4_too && !ip.v6 && wildcard == nullptr)) {
      if (own_family || wildcard == nullptr) wildcard = &entry;
    }
  }
  return wildcard;
}

ListenerChoice ListenerTable::choose(const Connection& connection, Step* step) const {
  ListenerChoice choice;
  const Listener* target = redirect_target(connection.direction);
  // A socket of its own on the destination port takes an inbound connection where it is not a
  // listener for outbound traffic: ports such as 15021 and 15090, and those of a Sidecar resource's
  // ingress, are not redirected.
  const Entry* direct = find(connection.destination, connection.port, true);
  if (target != nullptr) {
    const bool own_socket =
        direct != nullptr && (direct->listener == target ||
                              (connection.direction == Connection::Direction::kInbound &&
                               direct->listener->direction != Listener::Direction::kOutbound));
    choice.redirected = !own_socket;
    choice.accepting = own_socket ? direct->listener : target;
  } else {
    choice.accepting = direct == nullptr ? nullptr : direct->listener;
  }
  // A waypoint's only way in is its tunnel, whose inner side Istio calls main_internal.
  if (choice.accepting == nullptr) {
    choice.accepting = internal("main_internal");
    choice.tunnelled = choice.redirected = choice.accepting != nullptr;
  }
  choice.listener = choice.accepting;
  if (choice.accepting != nullptr && choice.accepting->use_original_dst && choice.redirected) {
    const Entry* found = find(connection.destination, connection.port, false);
    if (found != nullptr && found->listener != choice.accepting) {
      choice.listener = found->listener;
      choice.handed_off = true;
    }
  }
  if (step != nullptr) explain(connection, choice, *step);
  return choice;
}

void ListenerTable::explain(const Connection& connection, const ListenerChoice& choice,
                            Step& step) const {
  step.stage = Stage::kListener;
  const std::string wanted = connection.destination.unspecified()
                                 ? fmt::format("port {}", connection.port)
                                 : format_address(connection.destination, connection.port);
  if (choice.listener == nullptr) {
    step.reason = fmt::format("no listener of this proxy accepts connections to {}", wanted);
    if (const std::string ports = bound_ports(); !ports.empty()) {
      step.notes.push_back(fmt::format("its listeners are bound to the ports {}", ports));
    }
  } else {
    const Listener& listener = *choice.listener;
    step.chosen =
        listener.name.empty() ? to_string(listener.primary()) : std::string(listener.name);
    step.evidence = evidence_of(listener.source);
    if (choice.handed_off) {
      step.reason = fmt::format(
          "redirected to {}, whose use_original_dst hands it to the listener of its original "
          "destination {}: address {}",
          choice.accepting->name, wanted, to_string(listener.primary()));
    } else if (choice.tunnelled) {
      step.reason =
          "a waypoint: the connection arrives through a tunnel (HBONE, port 15008), whose inner "
          "side "
          "this is";
    } else if (choice.redirected) {
      step.reason =
          fmt::format("{} connections are redirected here", direction_name(connection.direction));
      if (listener.use_original_dst) {
        step.reason += fmt::format("; no listener stands for the original destination {}", wanted);
      } else {
        step.reason += "; it does not hand off (no use_original_dst)";
      }
    } else {
      step.reason = fmt::format("it is bound to {}", to_string(listener.primary()));
    }
    if (choice.redirected && !choice.tunnelled) {
      step.notes.emplace_back(
          "assuming that the connection is redirected: excluded ports and addresses are not in the "
          "dump");
    }
  }
  for (const Resource& resource : index_.snapshot().resources(Section::kListeners)) {
    if (!resource.body && resource.state != ResourceState::kRejected) continue;
    if (!resource.body) {
      if (choice.listener == nullptr) {
        step.passed_over.push_back({std::string(resource.name),
                                    fmt::format("rejected by Envoy: {}", resource.details),
                                    evidence_of(resource.entry)});
      }
      continue;
    }
    const Listener& other = index_.listener(resource);
    const auto on_port = [&](const Address& a) { return a.port == connection.port; };
    if (!std::any_of(other.addresses.begin(), other.addresses.end(), on_port)) continue;
    if (resource.serves() && (&other == choice.listener || &other == choice.accepting)) continue;
    std::string why;
    if (resource.state == ResourceState::kRejected) {
      why = fmt::format("rejected by Envoy: {}", resource.details);
    } else if (!resource.serves()) {
      why = fmt::format("{}: does not accept connections", state_name(resource.state));
    } else if (choice.redirected && !choice.handed_off && choice.accepting != nullptr &&
               !choice.accepting->use_original_dst) {
      why = fmt::format("{} does not hand off", choice.accepting->name);
    } else if (!other.bind_to_port && !choice.handed_off) {
      why = "not bound to a port: reachable by hand-off only";
    } else {
      why = fmt::format("its address {} is not {}", to_string(other.primary()), wanted);
    }
    step.passed_over.push_back(
        {std::string(other.name), std::move(why), evidence_of(other.source)});
  }
}

}  // namespace xdscope::trace
