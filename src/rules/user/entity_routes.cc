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

std::string match_json(const RouteMatch& match) {
  ObjectText out;
  out.text("kind", name_of(match.path.kind));
  out.text("path", match.path.value);
  out.boolean("case_sensitive", match.path.case_sensitive);
  out.json("headers", list_text(match.headers, header_json));
  out.json("query_parameters",
           list_text(match.query_parameters, [](const auto& item) { return quoted(item.name); }));
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

void add_route(ObjectText& out, const Route& route, const VirtualHost& host, Targets& targets) {
  const bool forwards = route.action == Route::Action::kRoute;
  const RouteAction& action = route.route;
  out.text("name", route.name);
  out.json("match", match_json(route.match));
  out.texts("methods", methods_of(route.match));
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
  out.json("retries", retries_json(retries));
  out.json("clusters", clusters_json(route, targets));
  out.json("mirrors", list_text(action.mirror_clusters, [&](std::string_view cluster) {
             return targets.json(cluster, 1);
           }));
  out.text("cluster_header", forwards ? action.cluster_header : "");
  out.text("prefix_rewrite", action.prefix_rewrite);
  out.text("host_rewrite", action.host_rewrite_literal);
  out.boolean("hash_policy", action.has_hash_policy);
  out.boolean("high_priority", action.high_priority);
  out.json("redirect", redirect_json(route));
  out.number_or_null("response_status", route.action == Route::Action::kDirectResponse
                                            ? std::optional<double>(route.direct_response.status)
                                            : std::nullopt);
  out.json("owner", owner_json(route.owner));
}

std::string virtual_host_ref_json(const VirtualHost& host) {
  ObjectText out;
  out.text("name", host.name);
  out.texts("domains", host.domains);
  out.text("require_tls", name_of(host.require_tls));
  return std::move(out).finish();
}

std::string route_config_ref_json(const RouteConfigEntry& entry) {
  ObjectText out;
  out.text("name", entry.config->name);
  out.boolean("inline", entry.resource == nullptr);
  return std::move(out).finish();
}

// listeners and direction.
void add_listeners(ObjectText& out, const RuleContext& context, const RouteConfigEntry& entry) {
  std::vector<const Listener*> listeners;
  std::set<const Listener*> seen;
  for (const HttpUse* use : context.uses_of(entry)) {
    if (seen.insert(use->listener).second) listeners.push_back(use->listener);
  }
  out.json("listeners",
           list_text(listeners, [](const Listener* item) { return listener_ref_json(*item); }));
  out.text("direction", listeners.empty() ? direction_name(Listener::Direction::kUnspecified)
                                          : direction_name(listeners[0]->direction));
}

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

}  // namespace

void each_route_config(const RuleContext& context, bool with_raw, const EntitySink& sink) {
  for (const RouteConfigEntry* entry : context.route_configs()) {
    const RouteConfig& config = *entry->config;
    ObjectText out;
    out.text("name", config.name);
    out.boolean("inline", entry->resource == nullptr);
    out.json("virtual_hosts", list_text(config.virtual_hosts, virtual_host_ref_json));
    std::size_t routes = 0;
    for (const VirtualHost& host : config.virtual_hosts) routes += host.routes.size();
    out.number("route_count", static_cast<double>(routes));
    out.boolean("vhds", config.vhds);
    out.boolean("ignore_port_in_host_matching", config.ignore_port_in_host_matching);
    add_listeners(out, context, *entry);
    add_raw(out, config.source, with_raw);
    const std::string object = config_object(*entry);
    sink({std::move(out).finish(), object, object, config.source, std::nullopt});
  }
}

void each_virtual_host(const RuleContext& context, bool with_raw, const EntitySink& sink) {
  Targets targets(context);
  for (const RouteConfigEntry* entry : context.route_configs()) {
    for (const VirtualHost& host : entry->config->virtual_hosts) {
      ObjectText out;
      out.text("name", host.name);
      out.texts("domains", host.domains);
      out.text("require_tls", name_of(host.require_tls));
      out.json("routes", list_text(host.routes, [&](const Route& route) {
                 ObjectText part;
                 add_route(part, route, host, targets);
                 return std::move(part).finish();
               }));
      out.json("retries", retries_json(host.retry_policy ? &*host.retry_policy : nullptr));
      out.json("route_config", route_config_ref_json(*entry));
      add_listeners(out, context, *entry);
      const ResourceRef owner = common_owner(host);
      out.json("owner", owner_json(owner));
      add_raw(out, host.source, with_raw);
      const std::string object =
          fmt::format("virtual host {} of {}", host.name, config_object(*entry));
      sink({std::move(out).finish(), object, object, host.source, resource_of(owner, {})});
    }
  }
}

void each_route(const RuleContext& context, bool with_raw, const EntitySink& sink) {
  Targets targets(context);
  for (const RoutePlace& place : all_routes(context)) {
    ObjectText out;
    add_route(out, *place.route, *place.host, targets);
    out.json("virtual_host", virtual_host_ref_json(*place.host));
    out.json("route_config", route_config_ref_json(*place.entry));
    add_listeners(out, context, *place.entry);
    add_raw(out, place.route->source, with_raw);
    sink({std::move(out).finish(), object_of(place), identity_of(place), place.route->source,
          resource_of(place, {})});
  }
}

}  // namespace xdscope::rules::user
