// Entities of the cluster, endpoint and secret sections.
#pragma once

#include "rules/user/entity.h"

namespace xdscope::rules::user {

void each_cluster(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);
void each_endpoint(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);
void each_secret(const RuleContext& context, const Wanted& wanted, const EntitySink& sink);

}  // namespace xdscope::rules::user
