// Results that go to a file.
#pragma once

#include <string>
#include <string_view>

#include "xdscope/error.h"

namespace xdscope::cli {

// Writes the whole file or leaves what was there: a full disk or Ctrl-C never leaves half of a
// report, or no baseline at all. Devices and pipes are written to as they are.
Result<void> write_file(const std::string& path, std::string_view text);

}  // namespace xdscope::cli
