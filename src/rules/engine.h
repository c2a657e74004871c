// Runs rules over proxies and turns drafts into findings.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rules/rule.h"
#include "xdscope/lint.h"

namespace xdscope::rules {

// One rule with what the options say about it.
struct Task {
  const Rule* rule = nullptr;
  std::map<std::string, ParameterValue, std::less<>> parameters;
  std::optional<Severity> severity;
};

struct Outcome {
  std::vector<Finding> findings;  // unsorted
  std::vector<NotEvaluated> not_evaluated;
  std::vector<Reads> reads;  // by task
};
Outcome run(std::span<const Task> tasks, std::span<const Index* const> proxies,
            Clock::time_point now);

// What to run; fails for names that no rule has and for parameters that a rule does not have.
Result<std::vector<Task>> select_tasks(std::span<const Rule> rules, const LintOptions& options);

}  // namespace xdscope::rules
