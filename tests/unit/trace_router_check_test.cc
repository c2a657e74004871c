// Envoy's own pairs of route configurations and route tests.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "support/catch.h"
#include "trace/router_check.h"
#include "xdscope/index.h"
#include "xdscope/load.h"

namespace xdscope::trace {
namespace {

namespace fs = std::filesystem;

fs::path data() { return fs::path(XDSCOPE_REFERENCE_DIR) / "data/router_check"; }

bool missing() {
  if (fs::exists(data())) return false;
  std::cout << "skipped: no " << data() << "\n";
  return true;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

RouteTestReport run_texts(const std::string& config, const std::string& tests) {
  auto snapshot = load_text(config, "config");
  REQUIRE(snapshot);
  const Index index(**snapshot);
  REQUIRE(index.route_configs().size() == 1);
  auto file = RouteTestFile::parse(tests, "tests");
  REQUIRE(file);
  std::vector<RouteTestFile> files;
  files.push_back(std::move(*file));
  return run_route_tests(*index.route_configs()[0].config, Version{1, 40, 0}, files);
}

RouteTestReport run(const std::string& config, const std::string& tests) {
  return run_texts(read(data() / config), read(data() / tests));
}

void check_passes(const std::string& config, const std::string& tests, std::size_t count) {
  INFO(config << " " << tests);
  const RouteTestReport report = run(config, tests);
  CHECK(report.results.size() == count);
  for (const RouteTestResult& result : report.results) {
    INFO(result.name);
    CHECK(result.failures.empty());
  }
}

TEST_CASE("pairs of router_check that pass") {
  if (missing()) return;
  struct Pair {
    std::string name;
    std::size_t count;
  };
  for (const Pair& pair :
       {Pair{"ClusterHeader", 3}, Pair{"ComprehensiveRoutes", 4}, Pair{"ContentType", 3},
        Pair{"DetailedCoverage", 2}, Pair{"DirectResponse", 4}, Pair{"DynamicMetadata", 10},
        Pair{"HeaderMatchedRouting", 9}, Pair{"Redirect", 11}, Pair{"Redirect2", 5},
        Pair{"Redirect3", 2}, Pair{"Redirect4", 2}, Pair{"Runtime", 7}, Pair{"TestRoutes", 33},
        Pair{"Weighted", 7}}) {
    check_passes(pair.name + ".yaml", pair.name + ".golden.proto.json", pair.count);
  }
  check_passes("Weighted.yaml", "Weighted.golden.proto.yaml", 4);
}

TEST_CASE("pairs of router_check in the spellings of 2020") {
  if (missing()) return;
  const std::string old = "legacy_2020/";
  for (const std::string name :
       {"ClusterHeader", "ComprehensiveRoutes", "ContentType", "HeaderMatchedRouting", "Redirect",
        "Redirect2", "Redirect3", "Runtime"}) {
    const RouteTestReport report = run(old + name + ".yaml", name + ".golden.proto.json");
    INFO(name);
    CHECK(report.failed() == 0);
  }
  for (const std::string name : {"DirectResponse", "TestRoutes", "Weighted"}) {
    const RouteTestReport report = run(old + name + ".yaml", old + name + ".golden.proto.json");
    INFO(name);
    CHECK(report.failed() == 0);
  }
}

TEST_CASE("pairs of router_check that must fail") {
  if (missing()) return;
  for (const std::string folder : {"", "legacy_2020/"}) {
    const RouteTestReport report =
        run(folder + "TestRoutes.yaml", folder + "TestRoutesFailures.golden.proto.json");
    REQUIRE(report.results.size() == 1);
    const auto& failures = report.results[0].failures;
    REQUIRE(failures.size() == 5);
    CHECK(failures[0].expected == "not exact 'text/plain'");
    CHECK(failures[1].actual == "25");
    CHECK(failures[2].actual == "yes");
    CHECK(failures[3].expected == "it to be absent");
    CHECK(failures[4].actual == "(absent)");
  }
  const RouteTestReport weighted = run("TestRoutes.yaml", "Weighted.golden.proto.json");
  const RouteTestResult& second = weighted.results.at(1);
  REQUIRE(second.failures.size() == 2);
  CHECK(second.failures[0].expected == "cluster1");
  CHECK(second.failures[0].actual == "instant-server");
  CHECK(second.failures[1].expected == "test_virtual_cluster");
  CHECK(second.failures[1].actual == "other");
}

TEST_CASE("route tests given as a route configuration, and the reverse") {
  if (missing()) return;
  const auto config = load_text(read(data() / "Redirect.golden.proto.json"), "config");
  REQUIRE_FALSE(config);
  CHECK_THAT(config.error().message, ContainsSubstring("tests"));
  const auto tests = RouteTestFile::parse(read(data() / "TestRoutes.yaml"), "tests");
  REQUIRE_FALSE(tests);
  CHECK_THAT(tests.error().message, ContainsSubstring("unknown field"));
  const auto text_proto = RouteTestFile::parse(read(data() / "Weighted.golden.proto.pb_text"), "t");
  REQUIRE_FALSE(text_proto);
  CHECK_THAT(text_proto.error().message, ContainsSubstring("text format"));
}

TEST_CASE("coverage counts routes, weighted clusters and fields") {
  if (missing()) return;
  const RouteTestReport full =
      run("ComprehensiveRoutes.yaml", "ComprehensiveRoutes.golden.proto.json");
  CHECK(full.coverage.percent() == Approx(100));
  CHECK(full.comprehensive_percent == Approx(100));
  const RouteTestReport half = run("DetailedCoverage.yaml", "DetailedCoverage.golden.proto.json");
  CHECK(half.coverage.percent() == Approx(50));
  REQUIRE(half.coverage.missing.size() == 2);
  CHECK(half.coverage.missing[0] ==
        "virtual host 'localhost', route 1 'new_endpoint2' (path '/new_endpoint2')");
}

TEST_CASE("header mutations: order, append actions, formatters") {
  const std::string config = R"({
    "name": "r", "request_headers_to_add": [{"header": {"key": "x-level", "value": "config"}}],
    "virtual_hosts": [{"name": "v", "domains": ["*"],
      "request_headers_to_add": [{"header": {"key": "x-level", "value": "host"}, "append_action": "ADD_IF_ABSENT"}],
      "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "a", "host_rewrite_header": "x-host"},
        "request_headers_to_remove": ["x-gone"],
        "request_headers_to_add": [
          {"header": {"key": "x-level", "value": "route"}},
          {"header": {"key": "x-over", "value": "%REQ(x-none?:path)%"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"},
          {"header": {"key": "x-absent", "value": "1"}, "append_action": "OVERWRITE_IF_EXISTS"},
          {"header": {"key": "x-percent", "value": "100%%"}}]}]}]})";
  const std::string tests = R"({"tests": [{"test_name": "t",
    "input": {"authority": "h", "path": "/p", "method": "GET", "additional_request_headers": [
      {"key": "X-Gone", "value": "1"}, {"key": "x-over", "value": "old"}, {"key": "x-host", "value": "new.host"}]},
    "validate": {"host_rewrite": "new.host", "request_header_fields": [
      {"key": "x-level", "value": "route,config"}, {"key": "x-over", "value": "/p"},
      {"key": "x-percent", "value": "100%"}, {"key": "x-envoy-original-host", "value": "h"}],
      "request_header_matches": [{"name": "x-gone", "present_match": false},
                                 {"name": "x-absent", "present_match": false}]}},]})";
  const RouteTestReport report = run_texts(config, tests);
  for (const CheckFailure& failure : report.results.at(0).failures) {
    INFO(failure.field << ": " << failure.expected << " / " << failure.actual);
    CHECK(false);
  }
}

TEST_CASE("tests that lack what they need are refused") {
  CHECK_FALSE(RouteTestFile::parse(R"({"tests": []})", "t"));
  CHECK_FALSE(
      RouteTestFile::parse(R"({"tests": [{"test_name": "a", "input": {"path": "/"}}]})", "t"));
  CHECK_FALSE(RouteTestFile::parse("{\"tests\": [", "t"));
}

}  // namespace
}  // namespace xdscope::trace
