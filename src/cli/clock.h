// The time by which certificates and expiry dates are judged.
#pragma once

#include <cstdint>

#include "xdscope/error.h"

namespace xdscope::cli {

// Seconds since 1970: now, or what XDSCOPE_NOW says (RFC 3339), so that a saved dump can be judged
// as of the day it was taken.
Result<std::int64_t> current_time();

}  // namespace xdscope::cli
