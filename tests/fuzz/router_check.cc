// Route tests: a file of tests, against a fixed route configuration; and as a route configuration.
#include "trace/router_check.h"
#include "fuzz/fuzz.h"
#include "fuzz/small_proxy.h"
#include "report/test_report.h"
#include "xdscope/index.h"
#include "xdscope/load.h"

using namespace xdscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::unique_ptr<Snapshot> kProxy = std::move(*load_text(fuzz::kSmallProxy, "proxy"));
  static const Index kIndex(*kProxy);
  auto file = trace::RouteTestFile::parse(fuzz::text_of(data, size), "fuzz.yaml");
  if (!file) return 0;
  std::vector<trace::RouteTestFile> files;
  files.push_back(std::move(*file));
  const trace::RouteTestReport report =
      trace::run_route_tests(*kIndex.route_configs().front().config, {1, 40, 0}, files);
  fuzz::require(report.results.size() == files.front().tests().size(), "every test has a result");
  fuzz::printed(report::route_tests_text(report, false));
  (void)report::route_tests_json(report, false);
  const report::ProxyTests proxies[] = {{"", report}};
  (void)report::route_tests_junit(proxies);
  return 0;
}
