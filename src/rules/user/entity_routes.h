// Entities of the route section.
#pragma once

#include "rules/user/entity.h"

namespace xdscope::rules::user {

void each_route_config(const RuleContext& context, bool with_raw, const EntitySink& sink);
void each_virtual_host(const RuleContext& context, bool with_raw, const EntitySink& sink);
void each_route(const RuleContext& context, bool with_raw, const EntitySink& sink);

}  // namespace xdscope::rules::user
