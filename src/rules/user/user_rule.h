// Rules of a user's own: YAML files with the fields of a card, an entity to look at (`for`), a jq
// expression (`when`) and a `message`.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.h"
#include "rules/user/expression.h"
#include "rules/user/jq_worker.h"
#include "rules/user/message.h"
#include "rules/user/schema.h"

namespace xdscope::rules::user {

// A case of `tests:`; one of entity, dump and file is set.
struct RuleTest {
  std::string name;
  bool raises = false;
  std::string entity;  // JSON, complete
  std::string dump;    // JSON
  std::string file;    // a path as the program can open it
  std::optional<std::string> message;
  std::map<std::string, ParameterValue, std::less<>> parameters;
  std::size_t line = 0;
};

struct UserRule {
  Card card;
  EntityKind kind = EntityKind::kRoute;
  std::string when;
  std::vector<MessagePart> message;
  std::string field;  // of the Kubernetes resource
  std::vector<RuleTest> tests;
  std::string file;
  std::size_t line = 0;       // of the rule
  std::size_t when_line = 0;  // of the expression's first line
  std::size_t message_line = 0;
  ExpressionCheck check;  // of `when`; what the message needs, is part of its needs
  bool message_reads_free_form = false;
  bool reads_raw = false;
};

// The rules of one file, one a YAML document; checked as far as that goes without libjq.
Result<std::vector<UserRule>> parse_rules(std::string_view yaml, const std::string& file);

// What `when` says about an entity.
struct Verdict {
  bool raised = false;
  std::string message;
  std::optional<std::string> fault;  // the rule could not be evaluated
  bool fatal = false;                // and shall not be tried on further entities
};

// Rules with the worker that evaluates them. References stay valid as long as the set lives.
class RuleSetOfUser {
 public:
  // Compiles all expressions and tries each on a sample entity; the first mistake is the error.
  static Result<std::shared_ptr<RuleSetOfUser>> make(std::vector<UserRule> rules,
                                                     JqLimits limits = {});

  const std::vector<UserRule>& rules() const { return rules_; }
  // One verdict an entity; fewer after a fatal one.
  std::vector<Verdict> evaluate(std::size_t rule, const std::string& parameters,
                                std::span<const std::string> entities);
  void check(std::size_t rule, const RuleContext& context, Reporter& report);

 private:
  RuleSetOfUser(std::vector<UserRule> rules, JqLimits limits);
  Result<void> validate();

  std::vector<UserRule> rules_;
  JqWorker worker_;  // two programs for each rule: `when` and the message
};

// The rules of files and folders (*.yaml and *.yml in them and below), in the order of their names.
// Ids and names must not be those of `others`, nor of each other.
Result<std::shared_ptr<RuleSetOfUser>> load_user_rules(std::span<const std::string> paths,
                                                       std::span<const Rule> others);
// As the engine runs them.
std::vector<Rule> engine_rules(const std::shared_ptr<RuleSetOfUser>& set);

}  // namespace xdscope::rules::user
