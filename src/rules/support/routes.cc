#include "rules/support/routes.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>

#include "base/text.h"
#include "rules/support/istio.h"

namespace xdscope::rules {
namespace {

bool string_matches(const StringMatcher& matcher, const std::string& text) {
  switch (matcher.kind) {
    case StringMatcher::Kind::kExact:
      return matcher.ignore_case ? equals_ignoring_case(matcher.value, text)
                                 : matcher.value == text;
    case StringMatcher::Kind::kPrefix:
      return text.starts_with(matcher.value);
    case StringMatcher::Kind::kSuffix:
      return text.ends_with(matcher.value);
    case StringMatcher::Kind::kContains:
      return text.find(matcher.value) != std::string::npos;
    case StringMatcher::Kind::kRegex: {
      const re2::RE2 regex(re2::StringPiece(matcher.value.data(), matcher.value.size()),
                           re2::RE2::Quiet);
      return !regex.ok() || re2::RE2::FullMatch(text, regex);
    }
    case StringMatcher::Kind::kCustom:
    case StringMatcher::Kind::kNone:
      return true;
  }
  return true;
}

bool method_matches(const HeaderMatcher& matcher, const std::string& method) {
  bool matches = true;
  switch (matcher.kind) {
    case HeaderMatcher::Kind::kPresent:
      matches = matcher.present;
      break;
    case HeaderMatcher::Kind::kString:
      matches = (matcher.legacy_exact && matcher.string.value.empty()) ||
                string_matches(matcher.string, method);
      break;
    case HeaderMatcher::Kind::kRange:
      matches = false;
      break;
  }
  return matches != matcher.invert;
}

std::string_view path_kind(PathMatch::Kind kind) {
  switch (kind) {
    case PathMatch::Kind::kPrefix:
      return "prefix";
    case PathMatch::Kind::kExact:
      return "path";
    case PathMatch::Kind::kRegex:
      return "regex";
    case PathMatch::Kind::kPathSeparatedPrefix:
      return "path prefix";
    case PathMatch::Kind::kConnect:
      return "CONNECT";
    case PathMatch::Kind::kTemplate:
      return "path template";
    case PathMatch::Kind::kNone:
      break;
  }
  return "any path";
}

const RetryPolicy* policy_of(const RoutePlace& place) {
  if (place.route->action != Route::Action::kRoute) return nullptr;
  if (place.route->route.retry_policy) return &*place.route->route.retry_policy;
  return place.host->retry_policy ? &*place.host->retry_policy : nullptr;
}

}  // namespace

std::vector<RoutePlace> all_routes(const RuleContext& context) {
  std::vector<RoutePlace> places;
  for (const RouteConfigEntry* entry : context.route_configs()) {
    for (const VirtualHost& host : entry->config->virtual_hosts) {
      for (const Route& route : host.routes) places.push_back({entry, &host, &route});
    }
  }
  return places;
}

std::string describe_match(const RouteMatch& match) {
  std::string text(path_kind(match.path.kind));
  if (!match.path.value.empty()) text += fmt::format(" {}", match.path.value);
  for (const HeaderMatcher& header : match.headers) {
    text += fmt::format(", {}", header.name);
    if (header.kind == HeaderMatcher::Kind::kString)
      text += fmt::format(" {}", header.string.value);
  }
  for (const ParameterMatcher& parameter : match.query_parameters) {
    text += fmt::format(", ?{}", parameter.name);
  }
  return text;
}

std::string object_of(const RoutePlace& place) {
  const std::string match = describe_match(place.route->match);
  const std::string name =
      place.route->name.empty() ? match : fmt::format("{} ({})", place.route->name, match);
  const std::string_view config = place.entry->config->name;
  const std::string where =
      config.empty() ? std::string() : fmt::format(" of route configuration {}", config);
  return fmt::format("route {} in virtual host {}{}", name, place.host->name, where);
}

std::string identity_of(const RoutePlace& place) {
  const Route& route = *place.route;
  const std::string match = describe_match(route.match);
  if (route.owner) return fmt::format("{} {} {}", route.owner.config, route.name, match);
  return fmt::format("{} {} {} {}", place.entry->config->name, place.host->name, route.name, match);
}

std::optional<KubernetesResource> resource_of(const RoutePlace& place, std::string field) {
  return resource_of(place.route->owner, std::move(field));
}

bool host_listed(const RuleContext& context, std::string_view parameter, const VirtualHost& host) {
  return context.listed(parameter, host.name) ||
         std::any_of(host.domains.begin(), host.domains.end(),
                     [&](std::string_view domain) { return context.listed(parameter, domain); });
}

bool is_inbound(const RuleContext& context, const RoutePlace& place) {
  if (place.entry->uses.empty()) return place.host->name.starts_with("inbound|");
  const auto uses = context.uses_of(*place.entry);
  return std::any_of(uses.begin(), uses.end(), [](const HttpUse* use) {
    return use->listener->direction == Listener::Direction::kInbound;
  });
}

bool may_carry(const RouteMatch& match, std::span<const std::string> methods) {
  return std::any_of(methods.begin(), methods.end(), [&](const std::string& method) {
    return std::all_of(match.headers.begin(), match.headers.end(),
                       [&](const HeaderMatcher& header) {
                         return header.name != ":method" || method_matches(header, method);
                       });
  });
}

std::vector<std::string> unsafe_methods(const RuleContext& context, std::string_view parameter) {
  std::vector<std::string> methods;
  for (const char* method : {"POST", "PATCH", "PUT", "DELETE"}) {
    if (!context.listed(parameter, method)) methods.emplace_back(method);
  }
  return methods;
}

std::vector<std::string_view> forward_clusters(const Route& route) {
  std::vector<std::string_view> clusters;
  if (route.action != Route::Action::kRoute) return clusters;
  if (route.route.target == RouteAction::Target::kCluster) clusters.push_back(route.route.cluster);
  for (const WeightedCluster& weighted : route.route.weighted_clusters) {
    if (weighted.weight > 0 && !weighted.name.empty()) clusters.push_back(weighted.name);
  }
  return clusters;
}

namespace {

std::vector<RetryUse> find_retry_uses(const RuleContext& context) {
  std::vector<RetryUse> uses;
  std::unordered_map<std::string, std::size_t> known;
  for (const RoutePlace& place : all_routes(context)) {
    const RetryPolicy* policy = policy_of(place);
    if (policy == nullptr || policy->num_retries == 0 || policy->retry_on.empty()) continue;
    const bool inbound = is_inbound(context, place);
    std::string key = fmt::format("{} {} {}", inbound, identity_of(place), policy->source.raw());
    const auto [it, added] = known.try_emplace(std::move(key), uses.size());
    if (added) uses.push_back({place, policy, {}, inbound});
    uses[it->second].places.push_back(place);
  }
  return uses;
}

}  // namespace

const std::vector<RetryUse>& retry_uses(const RuleContext& context) {
  return context.once<std::vector<RetryUse>>("retry_uses",
                                             [&] { return find_retry_uses(context); });
}

bool all_hosts_listed(const RuleContext& context, std::string_view parameter, const RetryUse& use) {
  return std::ranges::all_of(use.places, [&](const RoutePlace& place) {
    return host_listed(context, parameter, *place.host);
  });
}

bool has_condition(const RetryPolicy& policy, std::string_view condition) {
  return std::find(policy.retry_on.begin(), policy.retry_on.end(), condition) !=
         policy.retry_on.end();
}

bool is_istio_default(const RetryPolicy& policy) {
  const std::set<std::string_view> conditions(policy.retry_on.begin(), policy.retry_on.end());
  const std::set<std::string_view> usual = {"connect-failure", "refused-stream", "unavailable",
                                            "cancelled", "retriable-status-codes"};
  const auto& codes = policy.retriable_status_codes;
  return conditions == usual && policy.num_retries == 2 && !policy.per_try_timeout &&
         (codes.empty() || (codes.size() == 1 && codes[0] == 503));
}

std::string copies_text(const RetryUse& use) {
  std::set<std::string_view> hosts;
  for (const RoutePlace& place : use.places) hosts.insert(place.host->name);
  return hosts.size() > 1 ? fmt::format(" (on {} virtual hosts)", hosts.size()) : std::string();
}

}  // namespace xdscope::rules
