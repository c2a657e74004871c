#include "support/rule_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "support/catch.h"
#include "xdscope/load.h"

namespace xdscope::testing {
namespace fs = std::filesystem;
namespace {

// The day by which certificates and timestamps of the cases are judged: 2026-06-01.
constexpr std::chrono::seconds kNow{1780272000};

rules::ParameterValue parameter_value(const nlohmann::json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_array()) return json.get<std::vector<std::string>>();
  return json.get<std::string>();
}

fs::path beside(const fs::path& path, const char* extension) {
  return path.parent_path() / (path.stem().string() + extension);
}

}  // namespace

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<RuleCase> rule_cases(const fs::path& folder) {
  std::vector<RuleCase> cases;
  if (!fs::is_directory(folder / "cases")) return cases;
  for (const auto& entry : fs::directory_iterator(folder / "cases")) {
    const std::string name = entry.path().filename().string();
    const bool side_file = name.ends_with(".expected") || name.ends_with(".params.json");
    if (side_file) continue;
    RuleCase rule_case{entry.path(), name.starts_with("raises_"), {}, {}};
    INFO(entry.path());
    REQUIRE((rule_case.raises || name.starts_with("quiet_")));
    rule_case.expected = read_text(beside(entry.path(), ".expected"));
    if (const std::string text = read_text(beside(entry.path(), ".params.json")); !text.empty()) {
      const auto parameters = nlohmann::json::parse(text);
      for (const auto& [key, value] : parameters.items()) {
        rule_case.parameters[key] = parameter_value(value);
      }
    }
    cases.push_back(std::move(rule_case));
  }
  std::sort(cases.begin(), cases.end(),
            [](const RuleCase& a, const RuleCase& b) { return a.path < b.path; });
  return cases;
}

rules::Outcome run_case(const rules::Rule& rule, const RuleCase& rule_case) {
  INFO(rule_case.path);
  std::vector<std::string> paths = {rule_case.path.string()};
  if (fs::is_directory(rule_case.path)) {
    paths.clear();
    for (const auto& entry : fs::directory_iterator(rule_case.path)) {
      paths.push_back(entry.path().string());
    }
    std::sort(paths.begin(), paths.end());
  }
  std::vector<std::unique_ptr<Snapshot>> snapshots;
  for (const std::string& path : paths) {
    auto loaded = load_files(std::vector{path});
    if (!loaded) FAIL(loaded.error().message << " " << loaded.error().where);
    for (auto& snapshot : *loaded) snapshots.push_back(std::move(snapshot));
  }
  std::vector<std::unique_ptr<Index>> indexes;
  std::vector<const Index*> proxies;
  for (const auto& snapshot : snapshots) {
    indexes.push_back(std::make_unique<Index>(*snapshot));
    proxies.push_back(indexes.back().get());
  }
  const rules::Task task{&rule, rule_case.parameters, {}};
  return rules::run(std::span(&task, 1), proxies, rules::Clock::time_point(kNow));
}

std::string expected_lines(const std::vector<Finding>& findings) {
  std::string lines;
  for (const Finding& finding : findings) {
    lines += fmt::format("{} {} {}: {}\n", finding.rule, severity_name(finding.severity),
                         finding.evidence.pointer, finding.message);
  }
  return lines;
}

}  // namespace xdscope::testing
