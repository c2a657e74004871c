#include "report/test_report.h"

#include <map>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/escaping.h"

namespace xdscope::report {
namespace {

using trace::CheckFailure;
using trace::RouteTestReport;
using trace::RouteTestResult;
using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;

std::string sentence(const CheckFailure& failure) {
  return fmt::format("{}: expected {}, actual {}", failure.field,
                     failure.expected.empty() ? "nothing" : failure.expected,
                     failure.actual.empty() ? "nothing" : failure.actual);
}

Json test_json(const RouteTestResult& result) {
  Json failures = Json::array();
  for (const CheckFailure& failure : result.failures) {
    failures.push_back(
        {{"field", failure.field}, {"expected", failure.expected}, {"actual", failure.actual}});
  }
  return {{"name", result.name},
          {"file", result.file},
          {"line", result.line},
          {"passed", result.passed()},
          {"route", result.route.empty() ? Json() : Json(result.route)},
          {"failures", failures}};
}

void add_junit_suite(std::string& out, std::string_view name, std::string_view file,
                     const std::vector<const RouteTestResult*>& results) {
  const auto failed = std::ranges::count_if(
      results, [](const RouteTestResult* result) { return !result->passed(); });
  out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n", xml_text(name),
                     results.size(), failed);
  for (const RouteTestResult* result : results) {
    out += fmt::format("    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{}\"",
                       xml_text(result->name), xml_text(name), xml_text(file), result->line);
    if (result->passed()) {
      out += "/>\n";
      continue;
    }
    std::string text;
    for (const CheckFailure& failure : result->failures) text += xml_text(sentence(failure)) + "\n";
    out += fmt::format(">\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n",
                       xml_text(sentence(result->failures.front())), text);
  }
  out += "  </testsuite>\n";
}

}  // namespace

std::string route_tests_text(const RouteTestReport& report, bool only_failures) {
  std::string out;
  for (const RouteTestResult& result : report.results) {
    if (result.passed()) {
      if (!only_failures) out += fmt::format("ok    {}\n", printable(result.name));
      continue;
    }
    out += fmt::format("FAIL  {}  ({}:{})\n", printable(result.name), printable(result.file),
                       result.line);
    if (!result.route.empty()) out += fmt::format("      route: {}\n", printable(result.route));
    for (const CheckFailure& failure : result.failures) {
      out += fmt::format("      {}\n", printable(sentence(failure)));
    }
  }
  out +=
      fmt::format("{} tests, {} failed; {} of {} routes covered ({:.1f} %), fields {:.1f} %\n",
                  report.results.size(), report.failed(), report.coverage.covered,
                  report.coverage.total, report.coverage.percent(), report.comprehensive_percent);
  if (!only_failures) {
    for (const std::string& route : report.coverage.missing) {
      out += fmt::format("not covered: {}\n", printable(route));
    }
  }
  return out;
}

std::string route_tests_json(const RouteTestReport& report, bool only_failures) {
  Json tests = Json::array();
  for (const RouteTestResult& result : report.results) {
    if (!only_failures || !result.passed()) tests.push_back(test_json(result));
  }
  const Json root{{"schema_version", kSchemaVersion},
                  {"tests", tests},
                  {"coverage",
                   {{"covered", report.coverage.covered},
                    {"total", report.coverage.total},
                    {"percent", report.coverage.percent()},
                    {"comprehensive_percent", report.comprehensive_percent},
                    {"missing", report.coverage.missing}}},
                  {"summary", {{"tests", report.results.size()}, {"failed", report.failed()}}}};
  return json_document(root);
}

std::string route_tests_junit(std::span<const ProxyTests> proxies) {
  std::size_t tests = 0;
  std::size_t failed = 0;
  std::string suites;
  for (const auto& [proxy, report] : proxies) {
    tests += report.results.size();
    failed += report.failed();
    std::map<std::string, std::vector<const RouteTestResult*>> files;
    for (const RouteTestResult& result : report.results) files[result.file].push_back(&result);
    for (const auto& [file, results] : files) {
      add_junit_suite(suites, proxy.empty() ? file : fmt::format("{}: {}", proxy, file), file,
                      results);
    }
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{}\" failures=\"{}\">\n"
      "{}</testsuites>\n",
      tests, failed, suites);
}

}  // namespace xdscope::report
