// Envoy's route tests: the format of its router_check_tool
// (envoy: test/tools/router_check/validation.proto, router.cc). Only routes are resolved: no
// listener, no normalisation, no HTTP filters, no look at whether a cluster exists.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "trace/route_table.h"
#include "xdscope/error.h"

namespace xdscope::json {
class Document;
}

namespace xdscope::trace {

// A file of tests. Owns its text.
class RouteTestFile {
 public:
  // JSON as protobuf's parser takes it (a comma may follow the last element), or YAML. `name` is
  // the file, for messages.
  static Result<RouteTestFile> parse(std::string_view text, std::string name);
  RouteTestFile(RouteTestFile&&) noexcept;
  RouteTestFile& operator=(RouteTestFile&&) noexcept;
  ~RouteTestFile();

  const std::string& name() const { return name_; }
  const std::vector<json::Value>& tests() const { return tests_; }

 private:
  RouteTestFile();
  std::string name_;
  std::unique_ptr<json::Document> document_;
  std::vector<json::Value> tests_;
};

struct CheckFailure {
  std::string field;  // "cluster_name", "response_header_matches[0]"
  std::string expected;
  std::string actual;
};

struct RouteTestResult {
  std::string file;
  std::string name;
  std::size_t line = 0;
  std::vector<CheckFailure> failures;
  // The route that answered, for people; "" for none.
  std::string route;
  bool passed() const { return failures.empty(); }
};

// Which routes the tests reached. A route with weighted clusters counts once for each of them.
struct RouteCoverage {
  std::size_t covered = 0;
  std::size_t total = 0;
  std::vector<std::string> missing;  // "virtual host 'a', route 2 (prefix '/b')"
  double percent() const;            // 100 where there are no routes
};

struct RouteTestReport {
  std::vector<RouteTestResult> results;
  RouteCoverage coverage;
  // Of every route, also the fields that were checked: cluster, virtual cluster, virtual host, path
  // and host rewrite; path and code of redirects.
  double comprehensive_percent = 0;
  std::size_t failed() const;
};

// Runs the tests of all files against one route configuration.
RouteTestReport run_route_tests(const RouteConfig& config, Version envoy,
                                const std::vector<RouteTestFile>& files);

}  // namespace xdscope::trace
