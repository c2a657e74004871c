#pragma once

#include "xdscope/model/route.h"

namespace xdscope {

RouteMatch decode_route_match(json::Value match);

}  // namespace xdscope
