// xdscope test: route tests against a route configuration.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/proxy_reports.h"
#include "cli/terminal.h"
#include "input/read.h"
#include "report/test_report.h"
#include "trace/router_check.h"
#include "xdscope/index.h"

namespace xdscope::cli {
namespace {

struct TestOptions {
  InputOptions input;
  std::vector<std::string> tests;
  std::string route_config;
  std::string listener;
  std::string output = "text";
  std::string envoy_version;
  double fail_under = 0;
  bool only_failures = false;
  bool comprehensive = false;
};

// What the tests of a bare route configuration are run as.
constexpr Version kNewestEnvoy{1, 40, 0};
constexpr std::size_t kNamesShown = 10;

template <class Names>
std::string some_names(const Names& names) {
  std::string out;
  std::size_t shown = 0;
  for (const auto& name : names) {
    if (shown++ == kNamesShown) return out + ", …";
    out += fmt::format("{}'{}'", out.empty() ? "" : ", ", name);
  }
  return out;
}

Result<const RouteConfig*> of_listener(const Index& index, const std::string& name) {
  const RouteConfig* found = nullptr;
  for (const HttpUse& use : index.http_uses()) {
    if (use.listener->name != name || use.route_config == nullptr) continue;
    if (found != nullptr && found != use.route_config) {
      return fail(ErrorCode::kUsage,
                  fmt::format("listener '{}' uses several route configurations", name), {},
                  "name one with --route-config");
    }
    found = use.route_config;
  }
  if (found != nullptr) return found;
  return fail(ErrorCode::kMissing,
              fmt::format("no listener '{}' with a route configuration", name));
}

Result<const RouteConfig*> choose_config(const Index& index, const TestOptions& options) {
  if (!options.listener.empty()) return of_listener(index, options.listener);
  std::vector<std::string_view> names;
  const RouteConfig* found = nullptr;
  for (const RouteConfigEntry& entry : index.route_configs()) {
    if (!entry.config->name.empty()) names.push_back(entry.config->name);
    if (options.route_config.empty() || entry.config->name == options.route_config) {
      if (found != nullptr && !options.route_config.empty()) {
        return fail(
            ErrorCode::kUsage,
            fmt::format("several route configurations are named '{}'", options.route_config), {},
            "name one by its listener: --listener NAME");
      }
      found = entry.config;
    }
  }
  if (index.route_configs().empty()) {
    return fail(ErrorCode::kMissing, "the input has no route configuration");
  }
  if (found == nullptr) {
    return fail(ErrorCode::kMissing,
                fmt::format("no route configuration '{}'", options.route_config), {},
                "there are " + some_names(names));
  }
  if (options.route_config.empty() && index.route_configs().size() > 1) {
    return fail(ErrorCode::kUsage, "the input has several route configurations", {},
                fmt::format("name one with --route-config or --listener: {}", some_names(names)));
  }
  return found;
}

Result<std::vector<trace::RouteTestFile>> read_tests(const std::vector<std::string>& paths) {
  std::vector<trace::RouteTestFile> files;
  for (const std::string& path : paths) {
    XDSCOPE_TRY_ASSIGN(const Buffer text, read_file(path));
    XDSCOPE_TRY_ASSIGN(trace::RouteTestFile file,
                       trace::RouteTestFile::parse(text.view(), path == "-" ? "stdin" : path));
    files.push_back(std::move(file));
  }
  return files;
}

Result<Version> envoy_version(const TestOptions& options, const Snapshot& snapshot) {
  if (options.envoy_version.empty()) {
    return snapshot.node().envoy.known() ? snapshot.node().envoy : kNewestEnvoy;
  }
  const Version version = parse_version(options.envoy_version);
  if (version.known()) return version;
  return fail(ErrorCode::kUsage, fmt::format("'{}' is no version", options.envoy_version),
              "--envoy-version", "for example: 1.30");
}

Result<trace::RouteTestReport> test_proxy(const Snapshot& snapshot, const TestOptions& options,
                                          const std::vector<trace::RouteTestFile>& tests) {
  const Index index(snapshot);
  XDSCOPE_TRY_ASSIGN(const RouteConfig* config, choose_config(index, options));
  XDSCOPE_TRY_ASSIGN(const Version version, envoy_version(options, snapshot));
  return trace::run_route_tests(*config, version, tests);
}

int status_of(const report::ProxyTests& tests, const TestOptions& options) {
  const double covered =
      options.comprehensive ? tests.report.comprehensive_percent : tests.report.coverage.percent();
  if (covered < options.fail_under) {
    warn(fmt::format("{}coverage {:.1f} % is below the {:g} % asked for",
                     tests.proxy.empty() ? "" : printable(tests.proxy) + ": ", covered,
                     options.fail_under));
    return kExitFindings;
  }
  return tests.report.failed() == 0 ? kExitOk : kExitFindings;
}

Result<int> run(TestOptions& options) {
  if (!options.input.given() && options.tests.size() > 1) {
    options.input.fetch.targets.push_back(options.tests.front());
    options.tests.erase(options.tests.begin());
  }
  XDSCOPE_TRY_ASSIGN(const auto snapshots, options.input.load());
  XDSCOPE_TRY_ASSIGN(const auto tests, read_tests(options.tests));
  const bool many = snapshots.size() > 1;
  std::vector<report::ProxyTests> reports;
  ProxyReports shown(options.output, many);
  for (const auto& snapshot : snapshots) {
    auto report = test_proxy(*snapshot, options, tests);
    if (!report) {
      if (many && report.error().where.empty()) report.error().where = snapshot->name();
      return std::unexpected(std::move(report.error()));
    }
    shown.add(*snapshot, options.output == "json"
                             ? report::route_tests_json(*report, options.only_failures)
                             : report::route_tests_text(*report, options.only_failures));
    reports.push_back({many ? snapshot->name() : "", std::move(*report)});
  }
  XDSCOPE_TRY(options.output == "junit" ? print(report::route_tests_junit(reports))
                                        : shown.finish());
  for (const auto& snapshot : snapshots) report_type_problems(*snapshot);
  int status = kExitOk;
  for (const report::ProxyTests& proxy : reports) {
    status = std::max(status, status_of(proxy, options));
  }
  return status;
}

}  // namespace

void add_test_command(CLI::App& app, Invocation& invocation) {
  CLI::App* command = app.add_subcommand(
      "test", "Run route tests (Envoy's router_check_tool format) against a route configuration");
  auto options = std::make_shared<TestOptions>();
  options->input.add_file_to(*command, "test");
  command
      ->add_option("tests", options->tests,
                   "Files of tests, JSON or YAML; a pod to read from may stand in front")
      ->type_name("TESTS")
      ->required();
  command->add_option("--route-config", options->route_config,
                      "Route configuration of a dump, by name");
  command
      ->add_option("--listener", options->listener,
                   "Route configuration of a dump, by the listener that uses it")
      ->excludes("--route-config");
  command->add_option("--fail-under", options->fail_under, "Least coverage of routes, in percent")
      ->check(CLI::Range(0.0, 100.0));
  command->add_flag("--only-failures", options->only_failures, "Leave out what passed");
  command->add_flag("--covall", options->comprehensive,
                    "--fail-under is about every field of every route");
  command->add_option("--envoy-version", options->envoy_version,
                      "Envoy to test for, where the dump does not say");
  command->add_option("-o,--output", options->output, "text, json or junit")
      ->check(CLI::IsMember({"text", "json", "junit"}));
  command->callback(
      [options, &invocation] { invocation.run = [options] { return run(*options); }; });
}

}  // namespace xdscope::cli
