// Numbers of resources.
#pragma once

#include <cstdint>
#include <utility>

#include "xdscope/json.h"

namespace xdscope {

// A UInt32Value or uint32; what is none is noted, and `otherwise` stands for it.
inline std::uint32_t decode_number(json::Value value, std::uint32_t otherwise) {
  const std::int64_t whole = value.integer_or(otherwise);
  return std::in_range<std::uint32_t>(whole) ? static_cast<std::uint32_t>(whole) : otherwise;
}

}  // namespace xdscope
