#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "report/lint_report.h"
#include "rules/baseline.h"
#include "rules/config.h"
#include "support/catch.h"
#include "xdscope/load.h"

using namespace xdscope;

namespace {

LintResult sample() {
  LintResult result;
  result.proxies = 1;
  result.rules = {
      {"RT001", "gateway-blackhole-vhost", Severity::kError, "No route.", "Bind one.", "# RT001"},
      {"EP001", "no-endpoints", Severity::kWarning, "None.", "Add one.", ""}};
  Finding finding;
  finding.rule = "RT001";
  finding.name = "gateway-blackhole-vhost";
  finding.severity = Severity::kError;
  finding.message = "Port <80> | \x1b[31mred\x1b[0m 100%";
  finding.effect = {404, "NR"};
  finding.object = "virtual host blackhole:80";
  finding.evidence = {"dumps/my dump.json", "/configs/0", 12};
  finding.resource = KubernetesResource{"Gateway", "ns", "gw", "spec.servers"};
  finding.remediation = "Bind one.";
  finding.fingerprint = "00000000deadbeef";
  finding.proxies = {"gw-1"};
  result.findings.push_back(finding);
  result.not_evaluated.push_back({"EP001", "no endpoints in this input", {"gw-1"}});
  return result;
}

std::string render(std::string_view format) {
  return report::lint_report(format, sample(), {}).value();
}

}  // namespace

TEST_CASE("lint reports: no terminal escape of a dump reaches any format for people or XML") {
  for (const std::string_view format : report::lint_formats()) {
    INFO(format);
    CHECK(render(format).find('\x1b') == std::string::npos);
    CHECK(render(format).find("RT001") != std::string::npos);
  }
  CHECK_FALSE(report::lint_report("yaml", sample(), {}).has_value());
}

TEST_CASE("lint reports: text says what to change only where a field is named") {
  CHECK(render("text").find("change Gateway ns/gw: spec.servers\n") != std::string::npos);
  LintResult result = sample();
  result.findings[0].resource->field.clear();
  const std::string text = report::lint_text(result, {});
  CHECK(text.find("    from Gateway ns/gw\n") != std::string::npos);
  CHECK(text.find("change") == std::string::npos);
}

TEST_CASE("lint reports: json has every field, null where nothing applies") {
  const auto json = nlohmann::json::parse(render("json"));
  CHECK(json["schema_version"] == 1);
  const auto& finding = json["findings"][0];
  CHECK(finding["effect"]["code"] == 404);
  CHECK(finding["effect"]["flags"] == "NR");
  CHECK(finding["pointer"] == "/configs/0");
  CHECK(finding["line"] == 12);
  CHECK(finding["resource"]["namespace"] == "ns");
  CHECK(finding["fingerprint"] == "00000000deadbeef");
  CHECK(json["not_evaluated"][0]["rule"] == "EP001");
  CHECK(json["summary"]["errors"] == 1);

  LintResult bare = sample();
  bare.findings[0].effect = {};
  bare.findings[0].resource.reset();
  bare.findings[0].evidence = {};
  const auto nulls = nlohmann::json::parse(report::lint_json(bare, {}))["findings"][0];
  CHECK(nulls["effect"].is_null());
  CHECK(nulls["resource"].is_null());
  CHECK(nulls["line"].is_null());
}

TEST_CASE("lint text: on how many of which proxies") {
  LintResult result = sample();
  result.proxies = 4;
  result.roles = {{"gw-1", Role::kGateway},
                  {"gw-2", Role::kGateway},
                  {"gw-3", Role::kGateway},
                  {"app-1", Role::kSidecar}};
  const auto text = [&] { return report::lint_text(result, {}); };
  CHECK_THAT(text(), ContainsSubstring("\n    on gw-1\n"));
  result.findings[0].proxies = {"gw-1", "gw-3"};
  CHECK_THAT(text(), ContainsSubstring("\n    on 2 of 3 gateways: gw-1, gw-3\n"));
  result.findings[0].proxies = {"gw-1", "app-1"};
  CHECK_THAT(text(), ContainsSubstring("\n    on 2 of 4 proxies: gw-1, app-1\n"));
}

TEST_CASE("lint reports: sarif names rules, places and fingerprints") {
  const auto run = nlohmann::json::parse(render("sarif"))["runs"][0];
  CHECK(run["tool"]["driver"]["rules"].size() == 2);
  const auto& result = run["results"][0];
  CHECK(result["ruleId"] ==
        run["tool"]["driver"]["rules"][result["ruleIndex"].get<std::size_t>()]["id"]);
  const auto& place = result["locations"][0]["physicalLocation"];
  CHECK(place["artifactLocation"]["uri"] == "dumps/my%20dump.json");
  CHECK(place["region"]["startLine"] == 12);
  CHECK(result["partialFingerprints"]["xdscope/v1"] == "00000000deadbeef");
  CHECK(run["invocations"][0]["toolConfigurationNotifications"][0]["associatedRule"]["id"] ==
        "EP001");
}

TEST_CASE("lint reports: github, gitlab, junit, markdown") {
  const std::string github = render("github");
  CHECK(github.starts_with("::error file=dumps/my dump.json,line=12,title=RT001 "));
  CHECK(github.find("100%25") != std::string::npos);
  CHECK(std::count(github.begin(), github.end(), '\n') == 1);
  const auto gitlab = nlohmann::json::parse(render("gitlab"));
  CHECK(gitlab[0]["severity"] == "critical");
  CHECK(gitlab[0]["location"]["lines"]["begin"] == 12);
  const std::string junit = render("junit");
  CHECK(junit.find("Port &lt;80&gt;") != std::string::npos);
  CHECK(junit.find("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\"") != std::string::npos);
  CHECK(render("markdown").find("Port \\<80\\> \\|") != std::string::npos);
}

TEST_CASE("lint reports: --show hides what is less grave, and the summary still counts it") {
  LintResult result = sample();
  result.findings[0].severity = Severity::kInfo;
  report::LintReportOptions options;
  options.show = Severity::kError;
  const auto json = nlohmann::json::parse(report::lint_json(result, options));
  CHECK(json["findings"].empty());
  CHECK(json["summary"]["infos"] == 1);
}

TEST_CASE("lint configuration: what is not known is an error with a suggestion") {
  const auto error = [](std::string_view yaml) {
    const auto config = rules::parse_config(yaml, "/p/.xdscope.yaml");
    return config ? std::string("none") : config.error().message + " / " + config.error().hint;
  };
  CHECK(error("sevrity: {}\n") ==
        "the configuration has no key \"sevrity\" / did you mean \"severity\"?");
  CHECK(error("suppressions:\n- rule: RT001\n") == "the suppression of RT001 needs a reason / ");
  CHECK(error("suppressions:\n- {rule: RT001, reason: x, expires: soon}\n") ==
        "\"soon\" is no day / write expires as 2026-12-31");
  CHECK(error("fail_on: fatal\n") == "fail_on is error, warning, info or never / ");
  CHECK(error("") == "none");

  const auto config = rules::parse_config(
      "select: [default]\nseverity: {RY006: info}\nparameters:\n  RY006: {warn_above: 5}\n"
      "suppressions:\n- {rule: 'RT*', resource: '*8089*', reason: ACME, expires: 2026-12-31}\n"
      "baseline: known.json\n",
      "/p/.xdscope.yaml");
  REQUIRE(config);
  CHECK(config->baseline == "/p/known.json");
  CHECK(config->options.severity.at("RY006") == Severity::kInfo);
  CHECK(std::get<std::int64_t>(config->options.parameters.at("RY006").at("warn_above")) == 5);
  CHECK(config->options.suppressions.at(0).expires.has_value());
}

TEST_CASE(
    "lint baseline: another tool's file is refused; fixed findings are dropped, others kept") {
  CHECK(rules::parse_baseline("[]", "b").error().code == ErrorCode::kUsage);
  CHECK(rules::parse_baseline("{\"findings\": []}", "b").error().message ==
        "this is no baseline of xdscope");
  LintResult now = sample();
  now.rules.push_back(
      {"TL007", "inbound-permissive", Severity::kWarning, "Plain.", "Mend it.", "", false});
  rules::Baseline baseline = rules::baseline_of(now);
  baseline.entries.insert({"1111111111111111", "RT001", "fixed"});
  baseline.entries.insert({"2222222222222222", "EP001", "not evaluated this time"});
  baseline.entries.insert({"3333333333333333", "TL007", "of another kind of proxy"});
  const auto reread = rules::parse_baseline(rules::format_baseline(baseline), "b");
  REQUIRE(reread);
  CHECK(reread->entries == baseline.entries);
  const rules::Baseline kept = rules::without_fixed(*reread, now);
  std::vector<std::string> kept_rules;
  for (const rules::BaselineEntry& entry : kept.entries) kept_rules.push_back(entry.rule);
  CHECK_THAT(kept_rules,
             Catch::Matchers::UnorderedEquals(std::vector<std::string>{"RT001", "EP001", "TL007"}));
  CHECK(std::ranges::none_of(kept.entries, [](const rules::BaselineEntry& entry) {
    return entry.fingerprint == "1111111111111111";
  }));
  LintResult result = sample();
  rules::leave_out_known(kept, result);
  CHECK(result.findings.empty());
  CHECK(result.known == 1);
}

TEST_CASE("lint: fingerprints survive reordering, suppressions expire, names are checked") {
  const auto run = [](std::string_view text, const LintOptions& options) {
    auto snapshot = load_text(text, "test.json");
    REQUIRE(snapshot);
    const Index index(**snapshot);
    const Index* proxies[] = {&index};
    return lint(proxies, options);
  };
  constexpr std::string_view kTwo = R"([
    {"name": "http.80", "virtual_hosts": [{"name": "blackhole:80", "domains": ["*"]}]},
    {"name": "http.81", "virtual_hosts": [{"name": "blackhole:81", "domains": ["*"]}]}])";
  constexpr std::string_view kSwapped = R"([
    {"name": "http.81", "virtual_hosts": [{"name": "blackhole:81", "domains": ["*"]}]},
    {"name": "http.80", "virtual_hosts": [{"name": "blackhole:80", "domains": ["*"]}]}])";
  LintOptions options;
  options.select = {"RT001"};
  const auto first = run(kTwo, options);
  const auto second = run(kSwapped, options);
  REQUIRE(first);
  REQUIRE(second);
  REQUIRE(first->findings.size() == 2);
  CHECK(first->findings[0].fingerprint == second->findings[0].fingerprint);
  CHECK(first->findings[0].evidence.pointer != second->findings[0].evidence.pointer);

  using namespace std::chrono;
  options.suppressions = {{"RT001", "*http.80*", "reserved", sys_days(2026y / 6 / 1)}};
  options.now = sys_days(2026y / 5 / 31);
  CHECK(run(kTwo, options)->suppressed.size() == 1);
  options.now = sys_days(2026y / 6 / 1);
  CHECK(run(kTwo, options)->findings.size() == 2);
  CHECK(run(kTwo, options)->notes.size() == 1);

  LintOptions misspelt;
  misspelt.select = {"RT0001"};
  CHECK(run(kTwo, misspelt).error().code == ErrorCode::kUsage);
  LintOptions parameter;
  parameter.parameters["RY006"]["warn_abov"] = std::int64_t{1};
  CHECK(run(kTwo, parameter).error().hint == "did you mean \"warn_above\"?");
}

TEST_CASE("lint reports: a name of a dump makes no link, no broken XML and no escaped line ends") {
  LintResult result = sample();
  result.findings[0].message = "[a](http://x) \xEF\xBF\xBE";
  const auto sarif = nlohmann::json::parse(report::lint_sarif(result, {}));
  const auto text = sarif["runs"][0]["results"][0]["message"]["text"].get<std::string>();
  CHECK(text.starts_with("\\[a\\](http://x)"));
  // Nothing fails here, so that the finding stands in system-out.
  report::LintReportOptions never;
  never.fail_on.reset();
  const std::string junit = report::lint_junit(result, never);
  CHECK(junit.find("\xEF\xBF\xBE") == std::string::npos);
  CHECK(junit.find("\\ufffe [404 NR]\nvirtual host blackhole:80\n") != std::string::npos);
}

TEST_CASE("lint: what is grave on one proxy stays so whatever the order of the proxies") {
  const auto dump = [](std::string_view role) {
    return R"([{"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap":
        {"node": {"id": ")" +
           std::string(role) + R"(~10.0.0.1~)" + std::string(role) +
           R"(.ns~ns.svc.cluster.local"}}},
      {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "dynamic_active_clusters":
        [{"cluster": {"name": "outbound|80||a.ns.svc.cluster.local", "type": "STRICT_DNS"}}]},
      {"@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump", "dynamic_route_configs":
        [{"route_config": {"name": "80", "virtual_hosts": [{"name": "a", "domains": ["*"], "routes":
        [{"match": {"prefix": "/"}, "route": {"cluster": "outbound|80||a.ns.svc.cluster.local"}}]}]}}]},
      {"@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump"}])";
  };
  const auto sidecar = load_text(R"({"configs": )" + dump("sidecar") + "}", "s.json");
  const auto gateway = load_text(R"({"configs": )" + dump("router") + "}", "g.json");
  REQUIRE(sidecar);
  REQUIRE(gateway);
  const Index one(**sidecar);
  const Index two(**gateway);
  LintOptions options;
  options.select = {"EP001"};
  for (const auto& proxies : {std::array{&one, &two}, std::array{&two, &one}}) {
    const auto result = lint(std::span<const Index* const>(proxies), options);
    REQUIRE(result);
    REQUIRE(result->findings.size() == 1);
    CHECK(result->findings[0].severity == Severity::kError);
    CHECK(result->findings[0].evidence.file == "g.json");
    CHECK(result->findings[0].proxies.size() == 2);
  }
}

TEST_CASE("lint: a suppression of no rule is an error, one of a rule not run is not called idle") {
  const auto snapshot = load_text(R"({"name": "80", "virtual_hosts": []})", "test.json");
  REQUIRE(snapshot);
  const Index index(**snapshot);
  const Index* proxies[] = {&index};
  LintOptions options;
  options.select = {"RT007"};
  options.suppressions = {{"RT001", "*", "reserved", {}}};
  CHECK(lint(proxies, options)->notes.empty());
  options.suppressions = {{"RT007", "*", "reserved", {}}};
  CHECK(lint(proxies, options)->notes.size() == 1);
  options.suppressions = {{"RT0007", "*", "reserved", {}}};
  CHECK(lint(proxies, options).error().hint == "did you mean \"RT007\"?");
}
