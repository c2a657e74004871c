#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

bool is_loopback(std::string_view host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

// Clusters of the bootstrap that lead to the admin interface.
std::set<std::string_view> admin_clusters(const RuleContext& context, const Address& admin) {
  std::set<std::string_view> names;
  for (const Resource& resource : context.resources(Section::kClusters)) {
    if (resource.state != ResourceState::kStatic) continue;
    for (const json::Value locality : resource.body["load_assignment"]["endpoints"].elements()) {
      for (const json::Value endpoint : locality["lb_endpoints"].elements()) {
        const Address address = decode_address(endpoint["endpoint"]["address"]);
        const bool same = admin.kind == Address::Kind::kPipe
                              ? address.kind == admin.kind && address.host == admin.host
                              : address.port == admin.port && is_loopback(address.host);
        if (same) names.insert(resource.name);
      }
    }
  }
  return names;
}

// Whether a request can reach more than metrics and readiness through the route.
bool is_wide(const Route& route) {
  const PathMatch& path = route.match.path;
  if (route.route.regex_rewrite) return true;
  const bool rewritten = !route.route.prefix_rewrite.empty();
  if (path.kind == PathMatch::Kind::kRegex && rewritten) return true;
  const std::string_view reached = rewritten ? route.route.prefix_rewrite : path.value;
  return !reached.starts_with("/stats") && reached != "/ready" && reached != "/ready/";
}

std::string_view name_of(const RuleContext& context) {
  return context.node().cluster.empty() ? std::string_view("the proxy") : context.node().cluster;
}

void check_address(const RuleContext& context, const Address& admin, Reporter& report) {
  if (admin.kind != Address::Kind::kSocket || is_loopback(admin.host)) return;
  report.add({.object = fmt::format("admin interface of {}", name_of(context)),
              .at = admin.source,
              .message = fmt::format("The admin interface listens on {}, where others than the "
                                     "proxy's own pod may reach it",
                                     to_string(admin))});
}

}  // namespace

void check_gw001(const RuleContext& context, Reporter& report) {
  const json::Value address = context.bootstrap()["admin"]["address"];
  if (!address) return;
  const Address admin = decode_address(address);
  check_address(context, admin, report);
  const auto clusters = admin_clusters(context, admin);
  if (clusters.empty()) return;
  for (const RoutePlace& place : all_routes(context)) {
    if (!is_wide(*place.route)) continue;
    const auto targets = forward_clusters(*place.route);
    const auto target = std::find_if(targets.begin(), targets.end(), [&](std::string_view cluster) {
      return clusters.contains(cluster);
    });
    if (target == targets.end()) continue;
    report.add({.object = object_of(place),
                .identity = identity_of(place),
                .at = place.route->source,
                .message = fmt::format("The route for {} leads to the admin interface (cluster "
                                       "{}), and to more of it than its metrics",
                                       describe_match(place.route->match), *target),
                .resource = resource_of(place, "spec.http[].match")});
  }
}

}  // namespace xdscope::rules
