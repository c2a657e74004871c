// Routes as rules see them: where they stand, what they may carry, how they retry.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/context.h"
#include "xdscope/finding.h"

namespace xdscope::rules {

struct RoutePlace {
  const RouteConfigEntry* entry = nullptr;
  const VirtualHost* host = nullptr;
  const Route* route = nullptr;
};
// Every route that RuleContext::route_configs() holds.
std::vector<RoutePlace> all_routes(const RuleContext& context);

// "prefix /cart, :method POST": what it matches, for people; stable under reordering.
std::string describe_match(const RouteMatch& match);
// "route canary (prefix /) in virtual host a:80 of route configuration 80".
std::string object_of(const RoutePlace& place);
// The same for fingerprints: by the resource it comes from, where that is known, so that the copies
// of one VirtualService's route in several ports and hosts are one.
std::string identity_of(const RoutePlace& place);
// The VirtualService or HTTPRoute behind a route.
std::optional<KubernetesResource> resource_of(const RoutePlace& place, std::string field);
// Whether a virtual host's name or one of its domains matches a glob of the parameter.
bool host_listed(const RuleContext& context, std::string_view parameter, const VirtualHost& host);
// Whether the routes are of a sidecar's inbound side.
bool is_inbound(const RuleContext& context, const RoutePlace& place);

// Whether a request with one of these methods can match.
bool may_carry(const RouteMatch& match, std::span<const std::string> methods);
// POST, PATCH, PUT and DELETE without those that the parameter lists as idempotent.
std::vector<std::string> unsafe_methods(const RuleContext& context, std::string_view parameter);

// The clusters that a route forwards to, with a weight of more than zero, mirrors left out.
std::vector<std::string_view> forward_clusters(const Route& route);

// Routes that retry, the copies of one route counted once.
struct RetryUse {
  RoutePlace first;
  const RetryPolicy* policy = nullptr;
  std::vector<RoutePlace> places;
  bool inbound = false;
};
// Those of num_retries 0 are left out.
const std::vector<RetryUse>& retry_uses(const RuleContext& context);

// The policy that istiod writes where nobody asked for one
// (istio: pilot/pkg/networking/core/route/retry, DefaultPolicy). 503 was part of it up to 1.23.
bool is_istio_default(const RetryPolicy& policy);
// Whether every virtual host with a copy of the route is one that the parameter lists.
bool all_hosts_listed(const RuleContext& context, std::string_view parameter, const RetryUse& use);
bool has_condition(const RetryPolicy& policy, std::string_view condition);
// " on 3 virtual hosts"; "" for one.
std::string copies_text(const RetryUse& use);

}  // namespace xdscope::rules
