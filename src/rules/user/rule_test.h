// Runs the `tests:` of rule files.
#pragma once

#include <string>
#include <vector>

#include "rules/user/user_rule.h"

namespace xdscope::rules::user {

struct TestOutcome {
  std::string rule;
  std::string name;
  std::string where;  // file:line
  bool passed = false;
  std::string reason;                // why it failed
  std::vector<std::string> details;  // the value of each part of the expression, a line each
};

// One outcome a test, and a failed one for each rule that no test raises.
std::vector<TestOutcome> run_tests(const std::shared_ptr<RuleSetOfUser>& set,
                                   Clock::time_point now);

}  // namespace xdscope::rules::user
