// Points in time, in seconds since 1970, and their text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "xdscope/error.h"

namespace xdscope {

// "2026-11-23T06:23:28Z".
std::string format_time(std::int64_t seconds);
// RFC 3339, as "2026-11-23T06:23:28Z" or with a fraction (left out) or an offset.
Result<std::int64_t> parse_time(std::string_view text);

}  // namespace xdscope
