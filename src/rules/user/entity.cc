#include "rules/user/entity.h"

#include "rules/user/entity_clusters.h"
#include "rules/user/entity_listeners.h"
#include "rules/user/entity_routes.h"

namespace xdscope::rules::user {

Input input_of(EntityKind kind) {
  switch (kind) {
    case EntityKind::kListener:
    case EntityKind::kFilterChain:
    case EntityKind::kHttpFilter:
    case EntityKind::kPolicy:
      return Input::kListeners;
    case EntityKind::kRouteConfig:
    case EntityKind::kVirtualHost:
    case EntityKind::kRoute:
      return Input::kRoutes;
    case EntityKind::kCluster:
    case EntityKind::kEndpoint:
      return Input::kClusters;
    case EntityKind::kSecret:
      break;
  }
  return Input::kSecrets;
}

void for_each_entity(EntityKind kind, const RuleContext& context, bool with_raw,
                     const EntitySink& sink) {
  switch (kind) {
    case EntityKind::kListener:
      return each_listener(context, with_raw, sink);
    case EntityKind::kFilterChain:
      return each_filter_chain(context, with_raw, sink);
    case EntityKind::kHttpFilter:
      return each_http_filter(context, with_raw, sink);
    case EntityKind::kRouteConfig:
      return each_route_config(context, with_raw, sink);
    case EntityKind::kVirtualHost:
      return each_virtual_host(context, with_raw, sink);
    case EntityKind::kRoute:
      return each_route(context, with_raw, sink);
    case EntityKind::kCluster:
      return each_cluster(context, with_raw, sink);
    case EntityKind::kEndpoint:
      return each_endpoint(context, with_raw, sink);
    case EntityKind::kSecret:
      return each_secret(context, with_raw, sink);
    case EntityKind::kPolicy:
      return each_policy(context, with_raw, sink);
  }
}

}  // namespace xdscope::rules::user
