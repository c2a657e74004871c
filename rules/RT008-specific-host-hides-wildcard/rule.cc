#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

bool is_wildcard(const VirtualHost& host) {
  return std::find(host.domains.begin(), host.domains.end(), "*") != host.domains.end();
}

// What istiod puts there for destinations that nobody registered.
bool is_catch_all_of_mesh(const VirtualHost& host) {
  return host.name.starts_with("allow_any") || host.name == "block_all";
}

bool is_literal(const PathMatch& path) {
  return path.case_sensitive &&
         (path.kind == PathMatch::Kind::kPrefix || path.kind == PathMatch::Kind::kExact ||
          path.kind == PathMatch::Kind::kPathSeparatedPrefix);
}

// Whether some path might match both.
bool may_overlap(const PathMatch& a, const PathMatch& b) {
  if (!is_literal(a) || !is_literal(b)) return true;
  const bool a_open = a.kind != PathMatch::Kind::kExact;
  const bool b_open = b.kind != PathMatch::Kind::kExact;
  if (a.value == b.value) return true;
  return (a_open && b.value.starts_with(a.value)) || (b_open && a.value.starts_with(b.value));
}

std::vector<std::string> hidden_paths(const VirtualHost& wildcard, const VirtualHost& host) {
  std::vector<std::string> hidden;
  std::set<std::string> seen;
  for (const Route& route : wildcard.routes) {
    const PathMatch& path = route.match.path;
    if (!is_literal(path)) continue;
    const bool served = std::any_of(host.routes.begin(), host.routes.end(), [&](const Route& own) {
      return may_overlap(path, own.match.path);
    });
    if (served) continue;
    PathMatch shown = path;
    RouteMatch match;
    match.path = shown;
    std::string text = describe_match(match);
    if (seen.insert(text).second) hidden.push_back(std::move(text));
  }
  return hidden;
}

std::string list(const std::vector<std::string>& paths) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), kShown); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", paths[i]);
  }
  if (paths.size() > kShown) text += fmt::format(" and {} more", paths.size() - kShown);
  return text;
}

void check_host(const RouteConfigEntry& entry, const VirtualHost& wildcard, const VirtualHost& host,
                Reporter& report) {
  // Without a route of its own it only redirects, or is RT001's matter.
  if (host.routes.empty() || host.require_tls == VirtualHost::RequireTls::kAll) return;
  const std::vector<std::string> hidden = hidden_paths(wildcard, host);
  if (hidden.empty()) return;
  const RoutePlace place{&entry, &host, &host.routes.front()};
  report.add({.object = fmt::format("virtual host {} in route configuration {}", host.name,
                                    entry.config->name),
              .at = host.source,
              .message = fmt::format("Virtual host {} answers 404 to what the virtual host {} "
                                     "serves: {}",
                                     host.name, wildcard.name, list(hidden)),
              .effect = {404, "NR"},
              .resource = resource_of(place, "spec.http[].match")});
}

}  // namespace

void check_rt008(const RuleContext& context, Reporter& report) {
  for (const RouteConfigEntry* entry : context.route_configs()) {
    const auto& hosts = entry->config->virtual_hosts;
    const auto wildcard = std::find_if(hosts.begin(), hosts.end(), is_wildcard);
    if (wildcard == hosts.end() || is_catch_all_of_mesh(*wildcard)) continue;
    for (const VirtualHost& host : hosts) {
      if (!is_wildcard(host)) check_host(*entry, *wildcard, host, report);
    }
  }
}

}  // namespace xdscope::rules
