// Reports about one proxy or many, as one output.
#pragma once

#include <string>
#include <string_view>

#include "xdscope/error.h"
#include "xdscope/snapshot.h"

namespace xdscope::cli {

// Of one proxy the report as it is. Of many: text and markdown under a heading with the proxy's
// name, JSON documents as the members of one object, by the proxies' names.
class ProxyReports {
 public:
  // `output` is the value of -o: "text", "markdown" or "json".
  ProxyReports(std::string_view output, bool many) : output_(output), many_(many) {}

  void add(const Snapshot& snapshot, std::string_view report);
  // Prints them.
  Result<void> finish();

 private:
  std::string output_;
  bool many_;
  std::string text_;
};

}  // namespace xdscope::cli
