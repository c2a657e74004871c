#include "cli/proxy_reports.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cli/terminal.h"

namespace xdscope::cli {

void ProxyReports::add(const Snapshot& snapshot, std::string_view report) {
  if (!many_) {
    text_ += report;
  } else if (output_ == "json") {
    const nlohmann::json name = snapshot.name();
    text_ += fmt::format("{}{}: {}", text_.empty() ? "{\n" : ",\n",
                         name.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                         trim(report));
  } else {
    text_ +=
        fmt::format("{}{}{}\n\n{}", text_.empty() ? "" : "\n", output_ == "markdown" ? "# " : "",
                    printable(snapshot.name()) + (output_ == "markdown" ? "" : ":"), report);
  }
}

Result<void> ProxyReports::finish() {
  if (many_ && output_ == "json") text_ += text_.empty() ? "{}\n" : "\n}\n";
  return print(text_);
}

}  // namespace xdscope::cli
