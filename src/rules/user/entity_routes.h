// Entities of the route section.
#pragma once

#include "rules/user/entity.h"

namespace xdscope::rules::user {

void each_route_config(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);
void each_virtual_host(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);
void each_route(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);

}  // namespace xdscope::rules::user
