#include <fmt/format.h>

#include <set>
#include <unordered_map>

#include "base/text.h"
#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

// Whether nothing but the path decides.
bool is_unconditional(const RouteMatch& match) {
  return match.headers.empty() && match.query_parameters.empty() && match.cookies.empty() &&
         !match.runtime_fraction && !match.grpc && !match.tls_context &&
         match.dynamic_metadata.empty() && match.filter_state.empty();
}

// The routes so far of a virtual host that take all requests of some paths. Looked up by text, not
// one by one: a virtual host may have thousands.
class Takers {
 public:
  void add(const Route& route) {
    by_match_.try_emplace(route.match.source.raw(), &route);
    const PathMatch& path = route.match.path;
    // Ignoring case would need a table of its own; such routes are compared by their text only.
    if (!is_unconditional(route.match) || !path.case_sensitive) return;
    if (path.kind == PathMatch::Kind::kPrefix) {
      prefixes_.try_emplace(path.value, &route);
      lengths_.insert(path.value.size());
    } else if (path.kind == PathMatch::Kind::kExact) {
      exact_.try_emplace(path.value, &route);
    } else if (path.kind == PathMatch::Kind::kPathSeparatedPrefix) {
      segments_.try_emplace(path.value, &route);
      lengths_.insert(path.value.size());
    }
  }

  // The first found that takes all that the route matches; nullptr where there is none.
  const Route* taker_of(const Route& route) const {
    if (const auto it = by_match_.find(route.match.source.raw()); it != by_match_.end()) {
      return it->second;
    }
    const PathMatch& path = route.match.path;
    // A path begins with "/", but for CONNECT and for "OPTIONS *".
    if (path.kind == PathMatch::Kind::kConnect || path.kind == PathMatch::Kind::kNone) {
      return nullptr;
    }
    if (const auto it = prefixes_.find(""); it != prefixes_.end()) return it->second;
    if (const auto it = prefixes_.find("/"); it != prefixes_.end() && path.value != "*") {
      return it->second;
    }
    const bool literal = path.kind != PathMatch::Kind::kRegex &&
                         path.kind != PathMatch::Kind::kTemplate && path.case_sensitive;
    return literal ? taker_of_literal(path) : nullptr;
  }

 private:
  const Route* taker_of_literal(const PathMatch& path) const {
    if (path.kind == PathMatch::Kind::kExact) {
      if (const auto it = exact_.find(path.value); it != exact_.end()) return it->second;
    }
    for (const std::size_t length : lengths_) {
      if (length > path.value.size()) break;
      const std::string_view start = path.value.substr(0, length);
      if (const auto it = prefixes_.find(start); it != prefixes_.end()) return it->second;
      const bool at_segment = length == path.value.size() ? path.kind != PathMatch::Kind::kPrefix
                                                          : path.value[length] == '/';
      if (!at_segment) continue;
      if (const auto it = segments_.find(start); it != segments_.end()) return it->second;
    }
    return nullptr;
  }

  std::unordered_map<std::string_view, const Route*> by_match_;
  std::unordered_map<std::string_view, const Route*> prefixes_;
  std::unordered_map<std::string_view, const Route*> exact_;
  std::unordered_map<std::string_view, const Route*> segments_;
  std::set<std::size_t> lengths_;
};

std::string name_of(const Route& route) {
  const std::string match = describe_match(route.match);
  const std::string name = route.name.empty() ? match : fmt::format("{} ({})", route.name, match);
  return route.owner ? fmt::format("{} of {}", name, to_string(route.owner)) : name;
}

}  // namespace

void check_rt007(const RuleContext& context, Reporter& report) {
  for (const RouteConfigEntry* entry : context.route_configs()) {
    for (const VirtualHost& host : entry->config->virtual_hosts) {
      if (host.routes.size() < 2) continue;
      Takers takers;
      for (const Route& route : host.routes) {
        if (const Route* taker = takers.taker_of(route)) {
          const RoutePlace place{entry, &host, &route};
          report.add({.object = object_of(place),
                      .identity = identity_of(place),
                      .at = route.match.source,
                      .message = fmt::format("Route {} is never reached in virtual host {}: {} "
                                             "stands before it and takes its requests",
                                             name_of(route), host.name, name_of(*taker)),
                      .resource = resource_of(place, "spec.http[].match")});
        }
        takers.add(route);
      }
    }
  }
}

}  // namespace xdscope::rules
