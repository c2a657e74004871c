// Percentages that may come from the runtime.
#pragma once

#include "trace/runtime.h"
#include "xdscope/model/common.h"

namespace xdscope::trace {

// The share of an envoy.config.core.v3.RuntimeFractionalPercent, 0 to 1.
inline double runtime_share(json::Value fraction, const Runtime& runtime) {
  const FractionalPercent given = decode_fractional_percent(fraction["default_value"]);
  const std::string_view key = fraction["runtime_key"].text();
  return (key.empty() ? given : runtime.fraction(key, given)).share();
}

}  // namespace xdscope::trace
