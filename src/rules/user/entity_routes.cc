#include "rules/user/entity_routes.h"

#include <fmt/format.h>

#include <array>
#include <set>

#include "rules/support/istio.h"
#include "rules/support/routes.h"
#include "rules/user/entity_parts.h"

namespace xdscope::rules::user {
namespace {

// Envoy's default of RouteAction.timeout.
constexpr double kDefaultTimeoutSeconds = 15;

std::string_view name_of(PathMatch::Kind kind) {
  switch (kind) {
    case PathMatch::Kind::kPrefix:
      return "prefix";
    case PathMatch::Kind::kExact:
      return "exact";
    case PathMatch::Kind::kRegex:
      return "regex";
    case PathMatch::Kind::kPathSeparatedPrefix:
      return "path_separated_prefix";
    case PathMatch::Kind::kConnect:
      return "connect";
    case PathMatch::Kind::kTemplate:
      return "template";
    case PathMatch::Kind::kNone:
      break;
  }
  return "none";
}

std::string_view name_of(Route::Action action) {
  switch (action) {
    case Route::Action::kRoute:
      return "route";
    case Route::Action::kRedirect:
      return "redirect";
    case Route::Action::kDirectResponse:
      return "direct_response";
    case Route::Action::kFilterAction:
      return "filter";
    case Route::Action::kNonForwarding:
      return "non_forwarding";
    case Route::Action::kNone:
      break;
  }
  return "none";
}

std::string_view name_of(VirtualHost::RequireTls require) {
  switch (require) {
    case VirtualHost::RequireTls::kExternalOnly:
      return "external_only";
    case VirtualHost::RequireTls::kAll:
      return "all";
    case VirtualHost::RequireTls::kNone:
      break;
  }
  return "none";
}

std::string_view kind_of(const HeaderMatcher& header) {
  if (header.kind == HeaderMatcher::Kind::kPresent) return "present";
  if (header.kind == HeaderMatcher::Kind::kRange) return "range";
  switch (header.string.kind) {
    case StringMatcher::Kind::kExact:
      return "exact";
    case StringMatcher::Kind::kPrefix:
      return "prefix";
    case StringMatcher::Kind::kSuffix:
      return "suffix";
    case StringMatcher::Kind::kContains:
      return "contains";
    case StringMatcher::Kind::kRegex:
      return "regex";
    case StringMatcher::Kind::kCustom:
    case StringMatcher::Kind::kNone:
      break;
  }
  return "custom";
}

std::string header_json(const HeaderMatcher& header) {
  ObjectText out;
  out.text("name", header.name);
  out.text("kind", kind_of(header));
  out.text("value", header.kind == HeaderMatcher::Kind::kString ? header.string.value : "");
  // present_match: false is the same as asking for presence, inverted.
  const bool absent = header.kind == HeaderMatcher::Kind::kPresent && !header.present;
  out.boolean("invert", header.invert != absent);
  return std::move(out).finish();
}

std::string match_json(const RouteMatch& match, const Needs& needs) {
  ObjectText out(needs);
  out.text("kind", name_of(match.path.kind));
  out.text("path", match.path.value);
  out.boolean("case_sensitive", match.path.case_sensitive);
  out.json("headers", [&] { return list_text(match.headers, header_json); });
  out.json("query_parameters", [&] {
    return list_text(match.query_parameters, [](const auto& item) { return quoted(item.name); });
  });
  out.boolean("grpc", match.grpc);
  return std::move(out).finish();
}

std::vector<std::string> methods_of(const RouteMatch& match) {
  std::vector<std::string> methods;
  for (const char* method : {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    if (may_carry(match, std::array{std::string(method)})) methods.emplace_back(method);
  }
  return methods;
}

std::string clusters_json(const Route& route, Targets& targets) {
  if (route.action != Route::Action::kRoute) return "[]";
  switch (route.route.target) {
    case RouteAction::Target::kCluster:
      return fmt::format("[{}]", targets.json(route.route.cluster, 1));
    case RouteAction::Target::kWeighted:
      return list_text(route.route.weighted_clusters, [&](const WeightedCluster& cluster) {
        return targets.json(cluster.name, cluster.weight);
      });
    case RouteAction::Target::kClusterHeader:
    case RouteAction::Target::kPlugin:
    case RouteAction::Target::kNone:
      break;
  }
  return "[]";
}

std::string redirect_json(const Route& route) {
  if (route.action != Route::Action::kRedirect) return {};
  ObjectText out;
  out.number("code", route.redirect.code);
  out.boolean("https", route.redirect.https_redirect || route.redirect.scheme_redirect == "https");
  out.text("host", route.redirect.host_redirect);
  out.text("path", route.redirect.path_redirect);
  return std::move(out).finish();
}

// The clusters of routes, and those that get copies of requests.
struct RouteTargets {
  RouteTargets(const RuleContext& context, const Needs& route)
      : clusters(context, route.of("clusters")), mirrors(context, route.of("mirrors")) {}
  Targets clusters;
  Targets mirrors;
};

// Mirrors of a virtual host, or else of the route configuration, hold for routes without any.
std::vector<std::string_view> mirrors_of(const RouteConfig& config, const VirtualHost& host,
                                         const Route& route) {
  if (route.action != Route::Action::kRoute) return {};
  std::vector<std::string_view> clusters(route.route.mirror_clusters.begin(),
                                         route.route.mirror_clusters.end());
  for (const json::Value holder : {host.source, config.source}) {
    if (!clusters.empty()) break;
    for (const json::Value policy : holder["request_mirror_policies"].elements()) {
      clusters.push_back(policy["cluster"].text());
    }
  }
  return clusters;
}

void add_route(ObjectText& out, const Route& route, const VirtualHost& host,
               const RouteConfig& config, RouteTargets& targets) {
  const bool forwards = route.action == Route::Action::kRoute;
  const RouteAction& action = route.route;
  out.text("name", route.name);
  out.json("match", [&] { return match_json(route.match, out.of("match")); });
  out.texts("methods", [&] { return methods_of(route.match); });
  out.text("action", name_of(route.action));
  std::optional<double> timeout;
  if (forwards) {
    timeout = action.timeout ? std::chrono::duration<double>(*action.timeout).count()
                             : kDefaultTimeoutSeconds;
  }
  out.number_or_null("timeout_seconds", timeout);
  out.boolean("timeout_set", forwards && action.timeout);
  const RetryPolicy* retries = nullptr;
  if (forwards && action.retry_policy) {
    retries = &*action.retry_policy;
  } else if (forwards && host.retry_policy) {
    retries = &*host.retry_policy;
  }
  out.json("retries", [&] { return retries_json(retries); });
  out.json("clusters", [&] { return clusters_json(route, targets.clusters); });
  out.json("mirrors", [&] {
    return list_text(mirrors_of(config, host, route),
                     [&](std::string_view cluster) { return targets.mirrors.json(cluster, 1); });
  });
  out.text("cluster_header", forwards ? action.cluster_header : "");
  out.text("prefix_rewrite", action.prefix_rewrite);
  out.text("host_rewrite", action.host_rewrite_literal);
  out.boolean("hash_policy", action.has_hash_policy);
  out.boolean("high_priority", action.high_priority);
  out.json("redirect", [&] { return redirect_json(route); });
  out.number_or_null("response_status", route.action == Route::Action::kDirectResponse
                                            ? std::optional<double>(route.direct_response.status)
                                            : std::nullopt);
  out.json("owner", [&] { return owner_json(route.owner); });
}

std::string virtual_host_ref_json(const VirtualHost& host, const Needs& needs) {
  ObjectText out(needs);
  out.text("name", host.name);
  out.texts("domains", host.domains);
  out.text("require_tls", name_of(host.require_tls));
  return std::move(out).finish();
}

std::string route_config_ref_json(const RouteConfigEntry& entry, const Needs& needs) {
  ObjectText out(needs);
  out.text("name", entry.config->name);
  out.boolean("inline", entry.resource == nullptr);
  return std::move(out).finish();
}

// listeners and direction. Routes that stand together have the same.
class Listeners {
 public:
  Listeners(const RuleContext& context, const Needs& needs) : context_(context), needs_(needs) {}

  void add(ObjectText& out, const RouteConfigEntry& entry) {
    if (!needs_.wants("listeners") && !needs_.wants("direction")) return;
    if (entry_ != &entry) read(entry);
    out.json("listeners", json_);
    out.text("direction", direction_);
  }

 private:
  void read(const RouteConfigEntry& entry) {
    entry_ = &entry;
    std::vector<const Listener*> listeners;
    std::set<const Listener*> seen;
    for (const HttpUse* use : context_.uses_of(entry)) {
      if (seen.insert(use->listener).second) listeners.push_back(use->listener);
    }
    json_ = list_text(listeners, [&](const Listener* item) {
      return listener_ref_json(*item, needs_.of("listeners"));
    });
    direction_ = direction_name(listeners.empty() ? Listener::Direction::kUnspecified
                                                  : listeners[0]->direction);
  }

  const RuleContext& context_;
  const Needs& needs_;
  const RouteConfigEntry* entry_ = nullptr;
  std::string json_;
  std::string_view direction_;
};

std::string config_object(const RouteConfigEntry& entry) {
  return fmt::format("route configuration {}", entry.config->name);
}

// The resource that all routes come from, where it is one.
ResourceRef common_owner(const VirtualHost& host) {
  if (host.routes.empty()) return {};
  for (const Route& route : host.routes) {
    if (route.owner.config != host.routes[0].owner.config) return {};
  }
  return host.routes[0].owner;
}

std::string route_config_json(const RouteConfigEntry& entry, Listeners& listeners,
                              const Wanted& wanted) {
  const RouteConfig& config = *entry.config;
  ObjectText out(wanted.needs);
  out.text("name", config.name);
  out.boolean("inline", entry.resource == nullptr);
  out.json("virtual_hosts", [&] {
    return list_text(config.virtual_hosts, [&](const VirtualHost& host) {
      return virtual_host_ref_json(host, out.of("virtual_hosts"));
    });
  });
  std::size_t routes = 0;
  for (const VirtualHost& host : config.virtual_hosts) routes += host.routes.size();
  out.number("route_count", static_cast<double>(routes));
  out.boolean("vhds", config.vhds);
  out.boolean("ignore_port_in_host_matching", config.ignore_port_in_host_matching);
  listeners.add(out, entry);
  add_raw(out, config.source, wanted.raw);
  return std::move(out).finish();
}

std::string virtual_host_json(const RouteConfigEntry& entry, const VirtualHost& host,
                              RouteTargets& targets, Listeners& listeners, const Wanted& wanted) {
  ObjectText out(wanted.needs);
  out.text("name", host.name);
  out.texts("domains", host.domains);
  out.text("require_tls", name_of(host.require_tls));
  out.json("routes", [&] {
    return list_text(host.routes, [&](const Route& route) {
      ObjectText part(out.of("routes"));
      add_route(part, route, host, *entry.config, targets);
      return std::move(part).finish();
    });
  });
  out.json("retries",
           [&] { return retries_json(host.retry_policy ? &*host.retry_policy : nullptr); });
  out.json("route_config", [&] { return route_config_ref_json(entry, out.of("route_config")); });
  listeners.add(out, entry);
  out.json("owner", [&] { return owner_json(common_owner(host)); });
  add_raw(out, host.source, wanted.raw);
  return std::move(out).finish();
}

}  // namespace

void each_route_config(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  Listeners listeners(context, wanted.needs);
  for (const RouteConfigEntry* entry : context.route_configs()) {
    sink({route_config_json(*entry, listeners, wanted), entry->config->source, [entry] {
            const std::string object = config_object(*entry);
            return EntityLabel{object, object, std::nullopt};
          }});
  }
}

void each_virtual_host(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  RouteTargets targets(context, wanted.needs.of("routes"));
  Listeners listeners(context, wanted.needs);
  for (const RouteConfigEntry* entry : context.route_configs()) {
    for (const VirtualHost& host : entry->config->virtual_hosts) {
      sink({virtual_host_json(*entry, host, targets, listeners, wanted), host.source,
            [entry, &host] {
              const std::string object =
                  fmt::format("virtual host {} of {}", host.name, config_object(*entry));
              return EntityLabel{object, object, resource_of(common_owner(host), {})};
            }});
    }
  }
}

void each_route(const RuleContext& context, const Wanted& wanted, const EntitySink& sink) {
  RouteTargets targets(context, wanted.needs);
  Listeners listeners(context, wanted.needs);
  for (const RoutePlace& place : all_routes(context)) {
    ObjectText out(wanted.needs);
    add_route(out, *place.route, *place.host, *place.entry->config, targets);
    out.json("virtual_host",
             [&] { return virtual_host_ref_json(*place.host, out.of("virtual_host")); });
    out.json("route_config",
             [&] { return route_config_ref_json(*place.entry, out.of("route_config")); });
    listeners.add(out, *place.entry);
    add_raw(out, place.route->source, wanted.raw);
    sink({std::move(out).finish(), place.route->source, [place] {
            return EntityLabel{object_of(place), identity_of(place), resource_of(place, {})};
          }});
  }
}

}  // namespace xdscope::rules::user
