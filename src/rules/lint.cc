#include "xdscope/lint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <tuple>

#include "base/text.h"
#include "base/try.h"
#include "rules/catalogue.h"
#include "rules/engine.h"
#include "rules/parameter_value.h"
#include "rules/suggest.h"

namespace xdscope {
namespace rules {
namespace {

// Whether a word of --select or --ignore means a rule: id, name, family or set.
bool means(std::string_view word, const Card& card) {
  return word == "all" || word == card.id || word == card.name || word == rule_set_name(card.set) ||
         (word.size() == 2 && card.id.starts_with(word)) ||
         (word.find('*') != std::string_view::npos &&
          (glob_match(word, card.id) || glob_match(word, card.name)));
}

bool any_means(const std::vector<std::string>& words, const Card& card) {
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return means(word, card); });
}

Result<void> check_words(std::span<const Rule> rules, const std::vector<std::string>& words) {
  constexpr std::array<std::string_view, 4> kSets = {"default", "recommended", "policy", "all"};
  for (const std::string& word : words) {
    if (std::find(kSets.begin(), kSets.end(), word) != kSets.end()) continue;
    if (std::any_of(rules.begin(), rules.end(),
                    [&](const Rule& rule) { return means(word, rule.card); })) {
      continue;
    }
    std::vector<std::string_view> known;
    for (const Rule& rule : rules) {
      known.push_back(rule.card.id);
      known.push_back(rule.card.name);
    }
    const std::string_view best = nearest(word, known);
    return fail(
        ErrorCode::kUsage, fmt::format("there is no rule \"{}\"", printable(word)), {},
        best.empty() ? "see `xdscope rules list`" : fmt::format("did you mean \"{}\"?", best));
  }
  return {};
}

Result<void> set_parameter(Task& task, const std::string& name, const ParameterValue& value) {
  const Card& card = task.rule->card;
  const auto known = card.parameters.find(name);
  if (known == card.parameters.end()) {
    std::vector<std::string_view> names;
    names.reserve(card.parameters.size());
    for (const auto& [key, parameter] : card.parameters) names.push_back(key);
    return fail(ErrorCode::kUsage,
                fmt::format("{} has no parameter \"{}\"", card.id, printable(name)), "parameters",
                names.empty() ? "it has none at all" : did_you_mean(name, names));
  }
  if (!fits(value, known->second.type)) {
    return fail(ErrorCode::kUsage,
                fmt::format("parameter \"{}\" of {} is of type {}", name, card.id,
                            parameter_type_name(known->second.type)),
                "parameters");
  }
  if (known->second.type == Parameter::Type::kNumber &&
      std::holds_alternative<std::int64_t>(value)) {
    task.parameters[name] = static_cast<double>(std::get<std::int64_t>(value));
  } else {
    task.parameters[name] = value;
  }
  return {};
}

bool holds(const Suppression& suppression, const Finding& finding) {
  if (!glob_match(suppression.rule, finding.rule) && !glob_match(suppression.rule, finding.name)) {
    return false;
  }
  return glob_match(suppression.resource, finding.object) ||
         (finding.resource && glob_match(suppression.resource, to_string(*finding.resource)));
}

// Whether a rule that the suppression is for was evaluated on every proxy.
bool was_asked(const Suppression& suppression, const LintResult& result) {
  return std::any_of(result.rules.begin(), result.rules.end(), [&](const RuleInfo& rule) {
    return (glob_match(suppression.rule, rule.id) || glob_match(suppression.rule, rule.name)) &&
           std::none_of(result.not_evaluated.begin(), result.not_evaluated.end(),
                        [&](const NotEvaluated& item) { return item.rule == rule.id; });
  });
}

void suppress(const std::vector<Suppression>& suppressions, Clock::time_point now,
              LintResult& result) {
  for (const Suppression& suppression : suppressions) {
    const auto begin =
        std::stable_partition(result.findings.begin(), result.findings.end(),
                              [&](const Finding& finding) { return !holds(suppression, finding); });
    const bool expired = suppression.expires && now >= *suppression.expires;
    if (expired) {
      if (begin != result.findings.end()) {
        result.notes.push_back(fmt::format("the suppression of {} on \"{}\" has expired",
                                           suppression.rule, printable(suppression.resource)));
      }
      continue;
    }
    if (begin == result.findings.end() && was_asked(suppression, result)) {
      result.notes.push_back(fmt::format("the suppression of {} on \"{}\" matches nothing any more",
                                         suppression.rule, printable(suppression.resource)));
    }
    std::move(begin, result.findings.end(), std::back_inserter(result.suppressed));
    result.findings.erase(begin, result.findings.end());
  }
}

bool before(const Finding& a, const Finding& b) {
  return std::tuple(-static_cast<int>(a.severity), std::string_view(a.rule),
                    std::string_view(a.object), std::string_view(a.fingerprint)) <
         std::tuple(-static_cast<int>(b.severity), std::string_view(b.rule),
                    std::string_view(b.object), std::string_view(b.fingerprint));
}

}  // namespace

Result<std::vector<Task>> select_tasks(std::span<const Rule> rules, const LintOptions& options) {
  XDSCOPE_TRY(check_words(rules, options.select));
  XDSCOPE_TRY(check_words(rules, options.ignore));
  std::vector<std::string> configured;
  configured.reserve(options.severity.size() + options.parameters.size());
  for (const auto& [id, severity] : options.severity) configured.push_back(id);
  for (const auto& [id, parameters] : options.parameters) configured.push_back(id);
  for (const Suppression& suppression : options.suppressions) {
    if (suppression.rule.find('*') == std::string::npos) configured.push_back(suppression.rule);
  }
  XDSCOPE_TRY(check_words(rules, configured));

  std::vector<Task> tasks;
  for (const Rule& rule : rules) {
    const bool wanted = options.select.empty() ? rule.card.set != RuleSet::kPolicy
                                               : any_means(options.select, rule.card);
    Task task{&rule, {}, {}};
    for (const auto& [id, severity] : options.severity) {
      if (means(id, rule.card)) task.severity = severity;
    }
    for (const auto& [id, parameters] : options.parameters) {
      if (id != rule.card.id && id != rule.card.name) continue;
      for (const auto& [name, value] : parameters) XDSCOPE_TRY(set_parameter(task, name, value));
    }
    if (wanted && !any_means(options.ignore, rule.card)) tasks.push_back(std::move(task));
  }
  return tasks;
}

}  // namespace rules

struct Linter::State {
  LintOptions options;
  std::vector<rules::Rule> rules;
  std::vector<rules::Task> tasks;  // of `rules`
};

Linter::Linter(std::unique_ptr<State> state) : state_(std::move(state)) {}
Linter::Linter(Linter&&) noexcept = default;
Linter& Linter::operator=(Linter&&) noexcept = default;
Linter::~Linter() = default;

Result<Linter> Linter::make(LintOptions options) {
  auto state = std::make_unique<State>();
  XDSCOPE_TRY_ASSIGN(state->rules, rules::rules_with_own(options.rule_files));
  XDSCOPE_TRY_ASSIGN(state->tasks, rules::select_tasks(state->rules, options));
  state->options = std::move(options);
  return Linter(std::move(state));
}

LintResult Linter::run(std::span<const Index* const> proxies) const {
  const rules::Clock::time_point now = state_->options.now.value_or(rules::Clock::now());
  rules::Outcome outcome = rules::run(state_->tasks, proxies, now);
  LintResult result;
  result.findings = std::move(outcome.findings);
  result.not_evaluated = std::move(outcome.not_evaluated);
  result.proxies = proxies.size();
  for (const Index* proxy : proxies) {
    result.roles.emplace(proxy->snapshot().name(), proxy->snapshot().node().role);
  }
  for (const rules::Task& task : state_->tasks) {
    const rules::Card& card = task.rule->card;
    const bool applicable =
        card.roles.empty() || std::ranges::any_of(result.roles, [&](const auto& role) {
          return card.roles.contains(role.second);
        });
    result.rules.push_back({card.id, card.name, task.severity.value_or(card.severity), card.summary,
                            card.remediation, task.rule->page, applicable});
  }
  rules::suppress(state_->options.suppressions, now, result);
  std::sort(result.findings.begin(), result.findings.end(), rules::before);
  std::sort(result.suppressed.begin(), result.suppressed.end(), rules::before);
  return result;
}

Result<LintResult> lint(std::span<const Index* const> proxies, const LintOptions& options) {
  XDSCOPE_TRY_ASSIGN(const Linter linter, Linter::make(options));
  return linter.run(proxies);
}

}  // namespace xdscope
