// Root-cause reports: for a terminal, for a ticket, for a program.
#pragma once

#include <string>
#include <string_view>

#include "trace/why.h"

namespace xdscope::report {

// `status` as the user wrote it; `proxy` names the proxy.
std::string why_text(std::string_view status, std::string_view proxy,
                     const trace::WhyReport& report, bool color);
std::string why_markdown(std::string_view status, std::string_view proxy,
                         const trace::WhyReport& report);
std::string why_json(std::string_view status, std::string_view proxy,
                     const trace::WhyReport& report);

}  // namespace xdscope::report
