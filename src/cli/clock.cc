#include "cli/clock.h"

#include <cstdlib>
#include <ctime>

#include "base/time.h"

namespace xdscope::cli {

Result<std::int64_t> current_time() {
  const char* fixed = std::getenv("XDSCOPE_NOW");
  if (fixed == nullptr || *fixed == '\0') return static_cast<std::int64_t>(std::time(nullptr));
  auto time = parse_time(fixed);
  if (!time) time.error().where = "XDSCOPE_NOW";
  return time;
}

}  // namespace xdscope::cli
