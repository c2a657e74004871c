// Entities of the listener section.
#pragma once

#include "rules/user/entity.h"

namespace xdscope::rules::user {

void each_listener(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);
void each_filter_chain(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);
void each_http_filter(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);
void each_policy(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);

}  // namespace xdscope::rules::user
