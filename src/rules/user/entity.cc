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

void for_each_entity(EntityKind kind, const RuleContext& context, const Wanted& wanted,
                     const EntitySink& sink) {
  switch (kind) {
    case EntityKind::kListener:
      return each_listener(context, wanted, sink);
    case EntityKind::kFilterChain:
      return each_filter_chain(context, wanted, sink);
    case EntityKind::kHttpFilter:
      return each_http_filter(context, wanted, sink);
    case EntityKind::kRouteConfig:
      return each_route_config(context, wanted, sink);
    case EntityKind::kVirtualHost:
      return each_virtual_host(context, wanted, sink);
    case EntityKind::kRoute:
      return each_route(context, wanted, sink);
    case EntityKind::kCluster:
      return each_cluster(context, wanted, sink);
    case EntityKind::kEndpoint:
      return each_endpoint(context, wanted, sink);
    case EntityKind::kSecret:
      return each_secret(context, wanted, sink);
    case EntityKind::kPolicy:
      return each_policy(context, wanted, sink);
  }
}

}  // namespace xdscope::rules::user
