#include "rules/user/rule_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "rules/user/entity.h"
#include "rules/user/rule_program.h"
#include "xdscope/index.h"
#include "xdscope/load.h"

namespace xdscope::rules::user {
namespace {

constexpr std::size_t kEntitiesExplained = 3;
constexpr std::size_t kValueWidth = 200;

// What a rule made of a case.
struct Run {
  std::vector<std::string> messages;  // of what it raised
  std::string fault;
  std::vector<std::pair<std::string, std::string>> entities;  // object, JSON
};

Run run_entity(RuleSetOfUser& set, std::size_t index, const RuleTest& test) {
  Run run;
  const std::string parameters = parameters_json(set.rules()[index].card, test.parameters);
  for (const Verdict& verdict : set.evaluate(index, parameters, std::span(&test.entity, 1))) {
    if (verdict.fault) run.fault = *verdict.fault;
    if (verdict.raised) run.messages.push_back(verdict.message);
  }
  run.entities.emplace_back("the entity", test.entity);
  return run;
}

void run_proxy(RuleSetOfUser& set, std::size_t index, const RuleTest& test,
               const Snapshot& snapshot, Clock::time_point now, Run& run) {
  const UserRule& rule = set.rules()[index];
  for (const Input input : rule.card.inputs) {
    if (has_input(snapshot, input)) continue;
    run.fault = fmt::format("no {} in this input", input_name(input));
    return;
  }
  const Index model(snapshot);
  const RuleContext context({&model, &rule.card, &test.parameters, now, nullptr, {}, {}});
  const std::string parameters = parameters_json(rule.card, test.parameters);
  for_each_entity(
      rule.kind, context, {rule.check.needs, rule.reads_raw}, [&](const Entity& entity) {
        if (!run.fault.empty()) return;
        for (const Verdict& verdict : set.evaluate(index, parameters, std::span(&entity.json, 1))) {
          if (verdict.fault) run.fault = *verdict.fault;
          if (verdict.raised) run.messages.push_back(verdict.message);
        }
        run.entities.emplace_back(entity.label().object, entity.json);
      });
}

Run run_dump(RuleSetOfUser& set, std::size_t index, const RuleTest& test, Clock::time_point now) {
  Run run;
  std::vector<std::unique_ptr<Snapshot>> snapshots;
  if (test.file.empty()) {
    auto loaded = load_text(test.dump, set.rules()[index].file);
    if (!loaded) return run.fault = loaded.error().message, run;
    snapshots.push_back(std::move(*loaded));
  } else if (std::error_code error; !std::filesystem::is_regular_file(test.file, error) &&
                                    !std::filesystem::is_directory(test.file, error)) {
    // A device may have no end.
    run.fault = fmt::format("{} is no file and no folder", printable(test.file));
    return run;
  } else {
    auto loaded = load_files(std::span(&test.file, 1));
    if (!loaded) {
      run.fault = fmt::format("{}: {}", loaded.error().where, loaded.error().message);
      return run;
    }
    snapshots = std::move(*loaded);
  }
  for (const auto& snapshot : snapshots) run_proxy(set, index, test, *snapshot, now, run);
  return run;
}

std::string shortened(std::string text) {
  if (text.size() > kValueWidth) {
    std::size_t end = kValueWidth;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    text = text.substr(0, end) + "…";
  }
  return printable(text);
}

// The value of each operand and of each field that the expression reads.
std::vector<std::string> explain(const UserRule& rule, const RuleTest& test, const Run& run) {
  std::vector<std::string> parts = rule.check.operands;
  parts.insert(parts.end(), rule.check.paths.begin(), rule.check.paths.end());
  if (parts.empty()) parts.emplace_back(trim(rule.when));
  std::vector<std::string> programs;
  for (const std::string& part : parts) {
    programs.push_back(with_parameters(rule.card, fmt::format("[limit(20; {}\n)]", part)));
  }
  std::vector<std::string> lines;
  if (run.entities.empty()) {
    lines.push_back(fmt::format("there is no {} in it", entity_name(rule.kind)));
  }
  JqWorker worker(programs);
  const std::string parameters = parameters_json(rule.card, test.parameters);
  for (std::size_t i = 0; i < std::min(run.entities.size(), kEntitiesExplained); ++i) {
    lines.push_back(fmt::format("{}:", printable(run.entities[i].first)));
    const std::string& input = run.entities[i].second;
    for (std::size_t part = 0; part < parts.size(); ++part) {
      const auto replies = worker.evaluate(part, std::span(&input, 1), parameters);
      if (!replies || replies->empty()) continue;
      std::string value = (*replies)[0].text;
      if ((*replies)[0].kind == JqReply::Kind::kValue) {
        // [[1,2]] is the list of what the part gives.
        value = value.substr(2, value.size() - 4);
        if (value.empty()) value = "nothing";
      } else {
        value.insert(0, "jq: ");
      }
      lines.push_back(fmt::format("  {} -> {}", shortened(parts[part]), shortened(value)));
    }
  }
  if (run.entities.size() > kEntitiesExplained) {
    lines.push_back(fmt::format("and {} more", run.entities.size() - kEntitiesExplained));
  }
  return lines;
}

std::string reason_of(const RuleTest& test, const Run& run) {
  if (!run.fault.empty()) return run.fault;
  if (test.raises && run.messages.empty()) return "it should raise the rule and does not";
  if (!test.raises && !run.messages.empty()) {
    return fmt::format("it should be quiet and raises: {}", printable(run.messages[0]));
  }
  if (test.message &&
      std::find(run.messages.begin(), run.messages.end(), *test.message) == run.messages.end()) {
    return fmt::format("the message is \"{}\", not \"{}\"",
                       run.messages.empty() ? "" : printable(run.messages[0]),
                       printable(*test.message));
  }
  return {};
}

}  // namespace

std::vector<TestOutcome> run_tests(const std::shared_ptr<RuleSetOfUser>& set,
                                   Clock::time_point now) {
  std::vector<TestOutcome> outcomes;
  for (std::size_t index = 0; index < set->rules().size(); ++index) {
    const UserRule& rule = set->rules()[index];
    bool raises = false;
    for (const RuleTest& test : rule.tests) {
      raises = raises || test.raises;
      const Run run =
          test.entity.empty() ? run_dump(*set, index, test, now) : run_entity(*set, index, test);
      TestOutcome outcome{
          rule.card.id,         test.name, fmt::format("{}:{}", rule.file, test.line), false,
          reason_of(test, run), {}};
      outcome.passed = outcome.reason.empty();
      if (!outcome.passed) outcome.details = explain(rule, test, run);
      outcomes.push_back(std::move(outcome));
    }
    if (!raises) {
      outcomes.push_back({rule.card.id,
                          "a case that raises it",
                          fmt::format("{}:{}", rule.file, rule.line),
                          false,
                          "no test raises the rule: nothing shows that it works",
                          {}});
    }
  }
  return outcomes;
}

}  // namespace xdscope::rules::user
