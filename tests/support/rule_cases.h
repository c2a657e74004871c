// The cases that stand in a rule's folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rules/engine.h"
#include "rules/rule.h"

namespace xdscope::testing {

struct RuleCase {
  std::filesystem::path path;  // a dump, or a folder of dumps: one proxy each, for rules on several
  bool raises = false;
  std::map<std::string, rules::ParameterValue, std::less<>> parameters;  // CASE.params.json
  std::string expected;  // CASE.expected: a line each, "RT001 error POINTER: message"
};
std::vector<RuleCase> rule_cases(const std::filesystem::path& folder);

// Runs one rule over one case; a case that does not load fails the test.
rules::Outcome run_case(const rules::Rule& rule, const RuleCase& rule_case);

// The lines of CASE.expected.
std::string expected_lines(const std::vector<Finding>& findings);

// Reads a text file; "" where there is none.
std::string read_text(const std::filesystem::path& path);

}  // namespace xdscope::testing
