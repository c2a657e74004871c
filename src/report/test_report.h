// The outcome of route tests, for people and for programs.
#pragma once

#include <span>
#include <string>

#include "trace/router_check.h"

namespace xdscope::report {

// One line a test and one a failed check; the coverage at the end. `only_failures` leaves out the
// tests that passed.
std::string route_tests_text(const trace::RouteTestReport& report, bool only_failures);
// {"schema_version": 1, "tests": […], "coverage": {…}, "summary": {…}}
std::string route_tests_json(const trace::RouteTestReport& report, bool only_failures);
// The tests run against one proxy; its name is "" where there is only one.
struct ProxyTests {
  std::string proxy;
  trace::RouteTestReport report;
};
// JUnit's XML: one test suite a file, of each proxy.
std::string route_tests_junit(std::span<const ProxyTests> proxies);

}  // namespace xdscope::report
