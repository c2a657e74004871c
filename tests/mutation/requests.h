// Requests that go through much of a dump.
#pragma once

#include <filesystem>
#include <vector>

#include "mutation/capture.h"

namespace xdscope::mutation {

// Real ones where there are some for the capture, and one for each virtual host and port.
std::vector<TraceRequest> requests_for(const Capture& capture, const std::filesystem::path& data);

}  // namespace xdscope::mutation
