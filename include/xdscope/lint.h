// Linting: rules over one or more proxies' configuration.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "xdscope/error.h"
#include "xdscope/finding.h"
#include "xdscope/index.h"

namespace xdscope {

using RuleParameter =
    std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

// A known finding that shall not fail the run, with the reason, until a day.
struct Suppression {
  std::string rule;      // id or name, globs allowed
  std::string resource;  // glob over the finding's object and its Kubernetes resource
  std::string reason;
  std::optional<std::chrono::sys_days> expires;  // the first day on which it no longer holds
};

struct LintOptions {
  // Rule ids, names, families ("RY") and sets ("default", "recommended", "policy", "all"). Nothing
  // selected: default and recommended.
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  std::map<std::string, Severity> severity;  // by rule id
  std::map<std::string, std::map<std::string, RuleParameter, std::less<>>>
      parameters;  // by rule id
  std::vector<Suppression> suppressions;
  std::vector<std::string> rule_files;  // a user's own rules: files or folders
  // The time that certificates and suppressions are judged by; unset: the clock's.
  std::optional<std::chrono::system_clock::time_point> now;
};

// A rule that could not be evaluated on some proxies.
struct NotEvaluated {
  std::string rule;
  std::string reason;  // "no endpoints in this dump; take it with ?include_eds"
  std::vector<std::string> proxies;
};

// What reports say about a rule that was run.
struct RuleInfo {
  std::string id;
  std::string name;
  Severity severity = Severity::kWarning;
  std::string summary;
  std::string remediation;
  std::string page;        // Markdown
  bool applicable = true;  // to the role of some proxy
};

struct LintResult {
  std::vector<Finding> findings;  // the severest first, then by rule and object
  std::vector<RuleInfo> rules;    // those selected, by id
  std::size_t known = 0;          // findings left out because a baseline or --base has them
  std::vector<Finding> suppressed;
  std::vector<NotEvaluated> not_evaluated;
  std::vector<std::string> notes;  // expired suppressions, ones that matched nothing
  std::size_t proxies = 0;
  std::map<std::string, Role, std::less<>> roles;  // of the proxies, by Snapshot::name()
};

// The rules that the options select, made ready once for any number of runs.
class Linter {
 public:
  // Fails where the options do not fit the rules: an unknown rule or parameter, a broken rule file.
  static Result<Linter> make(LintOptions options);
  Linter(Linter&&) noexcept;
  Linter& operator=(Linter&&) noexcept;
  ~Linter();

  LintResult run(std::span<const Index* const> proxies) const;

 private:
  struct State;
  explicit Linter(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// Makes a Linter and runs it once.
Result<LintResult> lint(std::span<const Index* const> proxies, const LintOptions& options);

}  // namespace xdscope
