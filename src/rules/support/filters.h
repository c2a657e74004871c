// Filter chains and filters as rules see them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/context.h"

namespace xdscope::rules {

struct ChainPlace {
  const Listener* listener = nullptr;
  const FilterChain* chain = nullptr;
};
// Every chain of the listeners that serve, default ones included.
std::vector<ChainPlace> all_chains(const RuleContext& context);
// "filter chain 0.0.0.0_80 of listener virtualInbound".
std::string object_of(const ChainPlace& place);

// The HTTP filters of a connection manager of that message type, such as "JwtAuthentication".
std::vector<const Extension*> http_filters(const HttpUse& use, std::string_view type_name);

// Whether a member with that proto field name stands anywhere inside.
bool mentions(json::Value value, std::string_view field);

}  // namespace xdscope::rules
