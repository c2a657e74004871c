#include "cli/proxy_reports.h"

#include <fmt/format.h>

#include "base/text.h"
#include "cli/terminal.h"
#include "report/escaping.h"

namespace xdscope::cli {

void ProxyReports::add(const Snapshot& snapshot, std::string_view report) {
  if (!many_) {
    text_ += report;
  } else if (output_ == "json") {
    text_ += text_.empty() ? "{\n" : ",\n";
    report::append_json_string(text_, snapshot.name());
    text_ += fmt::format(": {}", trim(report));
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
