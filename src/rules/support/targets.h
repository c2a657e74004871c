// What configuration points at: every cluster named by routes, TCP proxies and mirrors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/support/routes.h"

namespace xdscope::rules {

// One reference to a cluster.
struct ClusterReference {
  enum class Kind { kRoute, kMirror, kTcp };
  Kind kind = Kind::kRoute;
  std::string_view cluster;
  bool carries_traffic = true;         // false for a weight of zero
  std::uint32_t not_found_code = 503;  // kRoute
  RoutePlace route;                    // kRoute, kMirror
  const Listener* listener = nullptr;  // kTcp
  const FilterChain* chain = nullptr;  // kTcp
  json::Value at;
};

// References grouped by cluster, in the order of their first one.
struct ClusterTarget {
  std::string_view cluster;
  std::vector<ClusterReference> references;
  // Whether only mirrors and targets of weight zero point at it.
  bool idle() const;
  // The first one that carries traffic, one that no redirect to https stands before if there is
  // one; else the first one.
  const ClusterReference& main() const;
};

// Routes that fetch missing clusters on demand (ODCDS) are left out.
const std::vector<ClusterTarget>& cluster_targets(const RuleContext& context);
// Those whose cluster is provably not there.
std::vector<ClusterTarget> missing_targets(const RuleContext& context);

// What a request gets: the route's cluster_not_found_response_code with NC; a TCP connection is
// closed with NC; a mirrored request is dropped without a trace.
Effect effect_of_missing(const ClusterTarget& target);
std::string object_of(const ClusterReference& reference);
std::optional<KubernetesResource> resource_of(const ClusterReference& reference,
                                              std::string http_field, std::string tcp_field);
// "route a (prefix /) in …" or "4 routes, the first being route a (prefix /) in …".
std::string references_text(const ClusterTarget& target);

}  // namespace xdscope::rules
