// envoy.type.v3.HttpStatus: the code is an enumeration, which proto3 JSON writes by name.
#pragma once

#include <cstdint>

#include "xdscope/json.h"

namespace xdscope::trace {

// 503 of {"code": "ServiceUnavailable"} or {"code": 503}; `otherwise` where there is none.
std::uint32_t status_code(json::Value http_status, std::uint32_t otherwise);

}  // namespace xdscope::trace
