#include "trace/filter_chain_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "trace/filter_chain_tree.h"

namespace xdscope::trace {
namespace {

std::vector<IpRange> compile(const std::vector<CidrRange>& ranges) {
  std::vector<IpRange> out;
  for (const CidrRange& range : ranges) {
    if (const auto compiled = parse_range(range.address, range.length)) out.push_back(*compiled);
  }
  return out;
}

template <class T>
bool contains(const std::vector<T>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

// The length of the most specific range that holds `ip`; a chain without ranges stands for /0 of
// both families. -1 where none does.
int best_length(const std::vector<IpRange>& ranges, bool none_given, const IpAddress& ip) {
  if (none_given) return 0;
  int best = -1;
  for (const IpRange& range : ranges) {
    if (range.contains(ip)) best = std::max(best, static_cast<int>(range.length));
  }
  return best;
}

bool is_exact_range(const std::vector<IpRange>& ranges, int length, const IpAddress& ip) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const IpRange& range) {
    return static_cast<int>(range.length) == length && range.contains(ip);
  });
}

}  // namespace

std::string chain_label(const Listener& listener, const FilterChain& chain) {
  if (listener.default_filter_chain && &*listener.default_filter_chain == &chain) {
    return chain.name.empty() ? "default_filter_chain" : std::string(chain.name);
  }
  const auto position = &chain - listener.filter_chains.data();
  if (chain.name.empty()) return fmt::format("filter_chains[{}]", position);
  // Names may repeat: Istio calls several chains of one listener the same.
  const auto same_name = [&](const FilterChain& other) { return other.name == chain.name; };
  const auto count =
      std::count_if(listener.filter_chains.begin(), listener.filter_chains.end(), same_name);
  if (count < 2) return std::string(chain.name);
  return fmt::format("{} (filter_chains[{}])", chain.name, position);
}

// One walk through the criteria: `left` are the chains of the subtree descended into.
class FilterChainTable::Matching {
 public:
  Matching(const FilterChainTable& table, const Connection& connection, Step* step)
      : table_(table), connection_(connection), step_(step) {
    left_.reserve(table.chains_.size());
    for (const Chain& chain : table.chains_) left_.push_back(&chain);
  }

  ChainChoice run() {
    const auto by_destination = [&](const Chain& c) {
      return match_of(c).destination_port || !match_of(c).prefix_ranges.empty();
    };
    if (connection_.destination_in_header && any(by_destination)) {
      choice_.unknown =
          "filter chains differ by the destination, which the PROXY header names (proxy_protocol)";
    }
    destination_port();
    ranges("prefix_ranges", &Chain::destinations, &FilterChainMatch::prefix_ranges,
           connection_.local_address);
    server_names();
    transport_protocol();
    application_protocols();
    source_ranges("direct_source_prefix_ranges", &Chain::direct_sources,
                  &FilterChainMatch::direct_source_prefix_ranges);
    source_type();
    source_ranges("source_prefix_ranges", &Chain::sources, &FilterChainMatch::source_prefix_ranges);
    source_ports();
    ChainChoice choice;
    if (left_.size() > 1 && choice_.unknown.empty()) {
      // Equal criteria are refused at load, so this dump was not loaded by an Envoy as it stands.
      choice_.unknown = "several filter chains have equal criteria; Envoy refuses that";
    }
    choice = choice_;
    if (!left_.empty()) choice.chain = left_.front()->chain;
    return choice;
  }

 private:
  const FilterChainMatch& match_of(const Chain& chain) const { return chain.chain->match; }

  // Keeps the chains that `keep` holds for; the others are passed over for `reason(chain)`.
  template <class Keep, class Reason>
  void narrow(Keep keep, Reason reason) {
    std::size_t kept = 0;
    const std::size_t passed_before = step_ == nullptr ? 0 : step_->passed_over.size();
    for (const Chain* chain : left_) {
      if (keep(*chain)) {
        left_[kept++] = chain;
      } else if (step_ != nullptr) {
        step_->passed_over.push_back({chain_label(table_.listener_, *chain->chain), reason(*chain),
                                      evidence_of(match_of(*chain).source ? match_of(*chain).source
                                                                          : chain->chain->source)});
      }
    }
    if (kept == 0 && step_ != nullptr) {
      // Whoever came this far met every criterion before.
      for (std::size_t i = passed_before; i < step_->passed_over.size(); ++i) {
        const Alternative& last = step_->passed_over[i];
        step_->near_misses.push_back(fmt::format("{}: {}", last.what, last.reason));
      }
    }
    left_.resize(kept);
  }
  template <class Has>
  bool any(Has has) const {
    return std::any_of(left_.begin(), left_.end(), [&](const Chain* chain) { return has(*chain); });
  }

  void destination_port() {
    const std::uint32_t port = connection_.local_port;
    const auto exact = [&](const Chain& c) { return match_of(c).destination_port == port; };
    const bool committed = any(exact);
    narrow([&](const Chain& c) { return committed ? exact(c) : !match_of(c).destination_port; },
           [&](const Chain& c) {
             if (!match_of(c).destination_port) {
               return fmt::format("has no destination_port, but another chain names port {}", port);
             }
             return fmt::format("destination_port is {}, the connection's is {}",
                                *match_of(c).destination_port, port);
           });
  }

  void ranges(std::string_view field, std::vector<IpRange> Chain::*compiled,
              std::vector<CidrRange> FilterChainMatch::*given, IpAddress ip) {
    ip.internal = false;  // here it counts as 255.255.255.255
    int best = -1;
    bool explicit_one = false;
    bool open_one = false;
    for (const Chain* chain : left_) {
      const bool none = (match_of(*chain).*given).empty();
      best = std::max(best, best_length(chain->*compiled, none, ip));
    }
    const auto keep = [&](const Chain& c) {
      const bool none = (match_of(c).*given).empty();
      return none ? best == 0 : is_exact_range(c.*compiled, best, ip);
    };
    if (best == 0) {
      for (const Chain* chain : left_) {
        if (!keep(*chain)) continue;
        ((match_of(*chain).*given).empty() ? open_one : explicit_one) = true;
      }
      if (open_one && explicit_one) {
        choice_.unknown = fmt::format(
            "some chains give {} 0.0.0.0/0 and others none; which of the two groups Envoy takes is "
            "not defined",
            field);
      }
    }
    narrow(keep, [&](const Chain& c) {
      if (best > 0 && ((match_of(c).*given).empty() || best_length(c.*compiled, false, ip) >= 0)) {
        return fmt::format("{}: another chain has a narrower range that holds {}", field,
                           to_string(ip));
      }
      return fmt::format("{} does not hold {}", field, to_string(ip));
    });
  }

  void source_ranges(std::string_view field, std::vector<IpRange> Chain::*compiled,
                     std::vector<CidrRange> FilterChainMatch::*given) {
    if (!any([&](const Chain& c) { return !(match_of(c).*given).empty(); })) return;
    const bool direct = compiled == &Chain::direct_sources;
    if (direct && connection_.proxied) {
      choice_.unknown = fmt::format(
          "filter chains differ by {}, and who connects through the PROXY header is not known",
          field);
    }
    if (connection_.source) {
      ranges(field, compiled, given, *connection_.source);
      return;
    }
    choice_.unknown = fmt::format(
        "filter chains differ by {}, and the client's address is not known (give --source)", field);
    narrow(
        [&](const Chain& c) { return (match_of(c).*given).empty(); },
        [&](const Chain&) { return fmt::format("{} set, the client's address not known", field); });
  }

  void server_names() {
    const std::string_view sni = connection_.detected_sni;
    std::string_view taken;
    const auto has = [&](std::string_view name) {
      return any([&](const Chain& c) { return contains(c.server_names, name); });
    };
    if (!sni.empty()) {
      if (has(sni)) taken = sni;
      for (auto dot = sni.find('.'); taken.empty() && dot != sni.npos;
           dot = sni.find('.', dot + 1)) {
        if (dot != 0 && has(sni.substr(dot))) taken = sni.substr(dot);
        if (dot == 0) continue;
      }
    }
    narrow(
        [&](const Chain& c) {
          return taken.empty() ? c.server_names.empty() : contains(c.server_names, taken);
        },
        [&](const Chain& c) {
          if (c.server_names.empty()) {
            return fmt::format("has no server_names, but another chain has '{}'", printable(sni));
          }
          if (!sni.empty()) {
            return fmt::format("server_names [{}] do not hold the SNI '{}'",
                               fmt::join(match_of(c).server_names, ", "), printable(sni));
          }
          return fmt::format("server_names [{}], and {}", fmt::join(match_of(c).server_names, ", "),
                             !connection_.tls ? "the client speaks plain text"
                             : connection_.sni.empty()
                                 ? "the client sends no SNI"
                                 : "no tls_inspector listener filter reads the SNI");
        });
  }

  void transport_protocol() {
    const std::string_view given = connection_.transport_protocol;
    const auto exact = [&](const Chain& c) { return match_of(c).transport_protocol == given; };
    const bool committed = any(exact);
    narrow(
        [&](const Chain& c) {
          return committed ? exact(c) : match_of(c).transport_protocol.empty();
        },
        [&](const Chain& c) {
          if (match_of(c).transport_protocol.empty()) {
            return fmt::format("has no transport_protocol, but another chain has '{}'", given);
          }
          return fmt::format("transport_protocol is '{}', the connection's is '{}'",
                             match_of(c).transport_protocol, given);
        });
  }

  void application_protocols() {
    std::string_view taken;
    for (const std::string_view offered : connection_.application_protocols) {
      if (any([&](const Chain& c) {
            return contains(match_of(c).application_protocols, offered);
          })) {
        taken = offered;
        break;
      }
    }
    narrow(
        [&](const Chain& c) {
          return taken.empty() ? match_of(c).application_protocols.empty()
                               : contains(match_of(c).application_protocols, taken);
        },
        [&](const Chain& c) {
          const auto& wanted = match_of(c).application_protocols;
          if (wanted.empty()) {
            return fmt::format("has no application_protocols, but another chain has '{}'",
                               printable(taken));
          }
          if (connection_.application_protocols.empty()) {
            return fmt::format("application_protocols [{}], and none was detected",
                               fmt::join(wanted, ", "));
          }
          return fmt::format(
              "application_protocols [{}], the client's are [{}]", fmt::join(wanted, ", "),
              printable(fmt::format("{}", fmt::join(connection_.application_protocols, ", "))));
        });
  }

  void source_type() {
    using Type = FilterChainMatch::SourceType;
    if (!connection_.source &&
        any([&](const Chain& c) { return match_of(c).source_type != Type::kAny; })) {
      choice_.unknown =
          "filter chains differ by source_type, and the client's address is not known (give "
          "--source)";
    }
    const Type own = connection_.source_is_local() ? Type::kLocal : Type::kExternal;
    const auto exact = [&](const Chain& c) { return match_of(c).source_type == own; };
    const bool committed = any(exact);
    narrow(
        [&](const Chain& c) {
          return committed ? exact(c) : match_of(c).source_type == Type::kAny;
        },
        [&](const Chain& c) -> std::string {
          if (match_of(c).source_type == Type::kAny) {
            return "has no source_type, but another chain names the client's";
          }
          return own == Type::kLocal ? "source_type is EXTERNAL, the client is local"
                                     : "source_type is SAME_IP_OR_LOOPBACK, the client is remote";
        });
  }

  void source_ports() {
    const std::uint32_t port = connection_.source_port;
    const auto has = [&](const Chain& c) {
      const auto& ports = match_of(c).source_ports;
      return std::find(ports.begin(), ports.end(), port) != ports.end();
    };
    if (port == 0 && any([&](const Chain& c) { return !match_of(c).source_ports.empty(); })) {
      choice_.unknown = "filter chains differ by source_ports, and the client's port is not known";
    }
    const bool committed = port != 0 && any(has);
    narrow([&](const Chain& c) { return committed ? has(c) : match_of(c).source_ports.empty(); },
           [&](const Chain&) {
             return fmt::format("source_ports do not fit the client's port {}", port);
           });
  }

  const FilterChainTable& table_;
  const Connection& connection_;
  Step* step_;
  std::vector<const Chain*> left_;
  ChainChoice choice_;
};

FilterChainTable::FilterChainTable(const Listener& listener) : listener_(listener) {
  for (const FilterChain& chain : listener.filter_chains) {
    Chain compiled;
    compiled.chain = &chain;
    compiled.destinations = compile(chain.match.prefix_ranges);
    compiled.direct_sources = compile(chain.match.direct_source_prefix_ranges);
    compiled.sources = compile(chain.match.source_prefix_ranges);
    for (const std::string_view name : chain.match.server_names) {
      const std::string lower = to_lower(name);
      compiled.server_names.push_back(lower.starts_with("*.") ? lower.substr(1) : lower);
    }
    chains_.push_back(std::move(compiled));
  }
}

ChainChoice FilterChainTable::match(const Connection& connection, Step* step) const {
  ChainChoice choice = listener_.filter_chain_matcher
                           ? match_filter_chain_tree(listener_, connection, step)
                           : Matching(*this, connection, step).run();
  if (choice.chain == nullptr && listener_.default_filter_chain) {
    choice.chain = &*listener_.default_filter_chain;
    choice.is_default = true;
  }
  if (step == nullptr) return choice;
  step->stage = Stage::kFilterChain;
  if (choice.chain == nullptr) {
    step->reason =
        "no filter chain matches and there is no default_filter_chain: the connection is "
        "closed";
    step->evidence = evidence_of(listener_.source["filter_chains"]);
  } else {
    step->chosen = chain_label(listener_, *choice.chain);
    step->evidence = evidence_of(choice.chain->source);
    step->resource = to_string(choice.chain->owner);
    step->reason = choice.is_default ? "no filter chain matches: the default_filter_chain"
                   : listener_.filter_chain_matcher ? "by filter_chain_matcher"
                   : choice.chain->match.source
                       ? "all criteria of its filter_chain_match hold"
                       : "it has no criteria, and no other chain is more specific";
  }
  if (!choice.unknown.empty()) step->notes.push_back(choice.unknown);
  return choice;
}

}  // namespace xdscope::trace
