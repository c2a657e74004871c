#include "rules/user/user_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "base/try.h"
#include "rules/user/entity.h"
#include "rules/user/rule_program.h"

namespace xdscope::rules::user {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kBatchBytes = 4UL * 1024 * 1024;

}  // namespace

RuleSetOfUser::RuleSetOfUser(std::vector<UserRule> rules, JqLimits limits)
    : rules_(std::move(rules)),
      worker_(
          [this] {
            std::vector<std::string> programs;
            for (const UserRule& rule : rules_) {
              programs.push_back(when_program(rule));
              programs.push_back(with_parameters(rule.card, message_program(rule.message)));
            }
            return programs;
          }(),
          limits) {}

Result<std::shared_ptr<RuleSetOfUser>> RuleSetOfUser::make(std::vector<UserRule> rules,
                                                           JqLimits limits) {
  std::shared_ptr<RuleSetOfUser> set(new RuleSetOfUser(std::move(rules), limits));
  XDSCOPE_TRY(set->validate());
  return set;
}

namespace {

// Whether a failure on the sample entity would be one on real ones, too: jq's complaint about the
// types of values that the schema knows.
bool is_certain(const UserRule& rule, const std::string& fault) {
  const bool about_types = fault.find("Cannot index") != std::string::npos ||
                           fault.find("Cannot iterate over") != std::string::npos ||
                           fault.find(" cannot be ") != std::string::npos;
  return about_types && !rule.check.reads_free_form && !rule.message_reads_free_form &&
         fault.find("null") == std::string::npos;
}

}  // namespace

Result<void> RuleSetOfUser::validate() {
  if (rules_.empty()) return {};
  XDSCOPE_TRY_ASSIGN(const std::vector<std::string> errors, worker_.compile());
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (!errors[i].empty()) return explain_fault(rules_[i / 2], errors[i]);
  }
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const UserRule& rule = rules_[i];
    const std::string sample = sample_of(shape_of(rule.kind));
    const auto verdicts =
        evaluate(i, parameters_json(rule.card, {}), std::span<const std::string>(&sample, 1));
    if (verdicts.empty() || !verdicts[0].fault) continue;
    const bool about_result = verdicts[0].fault->starts_with("when gives");
    if (!about_result && !verdicts[0].fatal && !is_certain(rule, *verdicts[0].fault)) continue;
    if (about_result && rule.check.reads_free_form) continue;
    return fail(ErrorCode::kUsage, fmt::format("{}: {}", rule.card.id, *verdicts[0].fault),
                fmt::format("{}:{}", rule.file, rule.when_line),
                about_result ? "compare it, or wrap it in any(…) or all(…)" : "");
  }
  return {};
}

namespace {

Verdict verdict_of(JqReply reply) {
  using Kind = JqReply::Kind;
  switch (reply.kind) {
    case Kind::kQuiet:
      return {};
    case Kind::kRaised:
      return {true, std::move(reply.text), {}, false};
    case Kind::kNoTruth:
      return {false, {}, "when gives " + reply.text, false};
    case Kind::kError:
    case Kind::kValue:
      return {false, {}, "jq: " + printable(reply.text), false};
    case Kind::kTimeout:
    case Kind::kMemory:
    case Kind::kCrash:
      break;
  }
  return {false, {}, std::move(reply.text), true};
}

}  // namespace

std::vector<Verdict> RuleSetOfUser::evaluate(std::size_t index, const std::string& parameters,
                                             std::span<const std::string> entities) {
  std::vector<Verdict> verdicts;
  auto replies = worker_.judge(2 * index, 2 * index + 1, entities, parameters);
  if (!replies) {
    verdicts.push_back({false, {}, replies.error().message, true});
    return verdicts;
  }
  for (JqReply& reply : *replies) verdicts.push_back(verdict_of(std::move(reply)));
  return verdicts;
}

namespace {

// Findings of one rule on one proxy. The same defect in several places is one finding.
class Findings {
 public:
  void add(const Entity& entity, std::string message) {
    EntityLabel label = entity.label();
    const auto [known, added] = by_identity_.emplace(label.identity, drafts_.size());
    if (!added) {
      ++drafts_[known->second].second;
      return;
    }
    Draft draft;
    draft.object = std::move(label.object);
    draft.identity = std::move(label.identity);
    draft.at = entity.at;
    draft.message = std::move(message);
    draft.resource = std::move(label.resource);
    drafts_.emplace_back(std::move(draft), 0);
  }

  void report(const std::string& field, Reporter& report) {
    for (auto& [draft, more] : drafts_) {
      if (more > 0) draft.message += fmt::format(" ({} more like it)", more);
      if (draft.resource) draft.resource->field = field;
      report.add(std::move(draft));
    }
  }

 private:
  std::vector<std::pair<Draft, std::size_t>> drafts_;  // and how many more there are
  std::unordered_map<std::string, std::size_t> by_identity_;
};

// Where a rule could not be evaluated: one finding about the rule.
class Faults {
 public:
  explicit Faults(const UserRule& rule) : rule_(rule) {}

  void add(const Entity& entity, const std::string& why) {
    if (++count_ > kKept) return;
    Draft& draft = drafts_.emplace_back();
    draft.object = fmt::format("rule {} {}", rule_.card.id, rule_.card.name);
    draft.identity = fmt::format("rule {} cannot be evaluated", rule_.card.id);
    draft.at = entity.at;
    draft.message =
        fmt::format("the rule cannot be evaluated on {}: {}", entity.label().object, why);
    draft.severity = std::max(rule_.card.severity, Severity::kWarning);
    draft.remediation = fmt::format("correct the rule: {}:{}", rule_.file, rule_.when_line);
  }

  // `stopped`: it was not tried on what comes after.
  void report(bool stopped, Reporter& report) {
    for (Draft& draft : drafts_) {
      if (count_ > 1) draft.message += fmt::format(" ({} more like it)", count_ - 1);
      if (stopped) draft.message += "; it was not tried on those after it";
      report.add(std::move(draft));
    }
  }

 private:
  // The first may stand in a resource that is broken itself.
  static constexpr std::size_t kKept = 100;

  const UserRule& rule_;
  std::size_t count_ = 0;
  std::vector<Draft> drafts_;
};

}  // namespace

void RuleSetOfUser::check(std::size_t index, const RuleContext& context, Reporter& report) {
  const UserRule& rule = rules_[index];
  const std::string parameters = parameters_json(context, rule.card);
  Findings findings;
  std::vector<Entity> batch;
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  bool stopped = false;
  Faults faults(rule);
  const auto flush = [&] {
    const std::vector<Verdict> verdicts = evaluate(index, parameters, texts);
    for (std::size_t i = 0; i < verdicts.size() && i < batch.size(); ++i) {
      if (verdicts[i].fault) faults.add(batch[i], *verdicts[i].fault);
      if (verdicts[i].raised) findings.add(batch[i], verdicts[i].message);
      stopped = stopped || verdicts[i].fatal;
    }
    batch.clear();
    texts.clear();
    bytes = 0;
  };
  for_each_entity(rule.kind, context, {rule.check.needs, rule.reads_raw}, [&](Entity entity) {
    if (stopped) return;
    bytes += entity.json.size();
    texts.push_back(std::move(entity.json));
    batch.push_back(std::move(entity));
    if (batch.size() >= kBatch || bytes >= kBatchBytes) flush();
  });
  if (!batch.empty() && !stopped) flush();
  findings.report(rule.field, report);
  faults.report(stopped, report);
}

namespace {

std::string page_of(const UserRule& rule) {
  std::string code;
  for (const std::string_view line : split(trim(rule.when), '\n')) code += printable(line) + "\n";
  std::string fence = "```";
  while (code.find(fence) != std::string::npos) fence += '`';
  return fmt::format("# {} {}\n\n## What it does\n\n{}\n\n{}jq\n{}{}\n\n## How to fix\n\n{}\n",
                     rule.card.id, rule.card.name, rule.card.summary, fence, code, fence,
                     rule.card.remediation);
}

}  // namespace

std::vector<Rule> engine_rules(const std::shared_ptr<RuleSetOfUser>& set) {
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < set->rules().size(); ++i) {
    const UserRule& rule = set->rules()[i];
    rules.push_back(
        {rule.card, page_of(rule), [set, i](const RuleContext& context, Reporter& report) {
           set->check(i, context, report);
         }});
  }
  return rules;
}

}  // namespace xdscope::rules::user
