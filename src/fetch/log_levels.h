// Envoy's log levels, as istioctl's `--level` sets them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xdscope/error.h"

namespace xdscope::fetch {

// The queries of POST /logging that set what `text` asks for: "debug" for every logger, or
// "http:debug,router=trace"; a bare level replaces what stands before it. `loggers` is Envoy's
// reply to POST /logging, which names the loggers it has.
Result<std::vector<std::string>> log_queries(std::string_view text, std::string_view loggers);

// "warning" for "warn", the level itself where Envoy knows it, "" otherwise.
std::string_view known_level(std::string_view text);

}  // namespace xdscope::fetch
