#include "rules/user/user_rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>

#include "base/text.h"
#include "base/try.h"
#include "rules/suggest.h"
#include "rules/user/entity.h"
#include "rules/user/json_text.h"

namespace xdscope::rules::user {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kBatchBytes = 4UL * 1024 * 1024;

std::string value_json(const ParameterValue& value) {
  Json json;
  std::visit([&](const auto& held) { json = held; }, value);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// {"p": parameters, "e": entity} -> {"n": how many values `when` gives, "t": the type of the first
// one, "m": the message, where it is raised}.
std::string program_of(const UserRule& rule) {
  return fmt::format(
      "[limit(2; ({}\n))] as $xdscope_when | "
      "($xdscope_when[0] | type != \"null\" and . != false) as $xdscope_raised | "
      "{{n: ($xdscope_when | length), t: ($xdscope_when[0] | type), "
      "m: (if $xdscope_raised then ({}) else null end)}}",
      rule.when, message_program(rule.message));
}

// libjq's message without what only makes sense for the program jq.
std::string plain_jq_error(std::string_view text) {
  std::string out(text.substr(0, text.find('\n')));
  for (const std::string_view noise : {"jq: error: ", " (Unix shell quoting issues?)"}) {
    if (const std::size_t at = out.find(noise); at != std::string::npos)
      out.erase(at, noise.size());
  }
  if (const std::size_t at = out.find(" at <top-level>"); at != std::string::npos) out.resize(at);
  if (const std::size_t at = out.find("$end"); at != std::string::npos) {
    out.replace(at, 4, "end of the expression");
  }
  return printable(out);
}

std::size_t line_of_jq_error(std::string_view text) {
  const std::size_t at = text.find(", line ");
  long line = 1;
  if (at == std::string_view::npos) return 1;
  std::string_view digits = text.substr(at + 7);
  digits = digits.substr(0, digits.find_first_not_of("0123456789"));
  return parse_decimal(digits, line) && line > 0 ? static_cast<std::size_t>(line) : 1;
}

// "startwith/1 is not defined" and "$maximum is not defined" have near names.
std::string hint_for(const std::string& message, const Card& card) {
  const std::size_t end = message.find(" is not defined");
  if (end == std::string::npos)
    return "expressions are jq 1.6: https://jqlang.github.io/jq/manual/v1.6";
  const std::string name = message.substr(0, std::min(end, message.find('/')));
  if (name.starts_with('$')) {
    std::vector<std::string> known;
    for (const auto& [parameter, value] : card.parameters) known.push_back("$" + parameter);
    return known.empty() ? "this rule has no parameters" : did_you_mean(name, known);
  }
  JqWorker worker({"[builtins[] | split(\"/\")[0]] | unique"});
  const std::string input = "null";
  const auto replies = worker.evaluate(0, std::span(&input, 1));
  if (!replies || replies->empty()) return {};
  const Json names = Json::parse((*replies)[0].text, nullptr, false);
  if (!names.is_array() || names.empty() || !names[0].is_array()) return {};
  const auto known = names[0].get<std::vector<std::string>>();
  const std::string_view best = nearest(name, known);
  return best.empty() ? "jq 1.6 has no such function" : fmt::format("did you mean \"{}\"?", best);
}

std::string kind_of_result(const std::string& type) {
  return fmt::format("when gives {} {}, not true or false", type == "array" ? "an" : "a",
                     type == "array" ? "list" : type);
}

}  // namespace

std::string parameters_json(const Card& card,
                            const std::map<std::string, ParameterValue, std::less<>>& values) {
  ObjectText out;
  for (const auto& [name, parameter] : card.parameters) {
    const auto set = values.find(name);
    out.json(name, value_json(set == values.end() ? parameter.default_value : set->second));
  }
  return std::move(out).finish();
}

std::string parameters_json(const RuleContext& context, const Card& card) {
  std::map<std::string, ParameterValue, std::less<>> values;
  for (const auto& [name, parameter] : card.parameters) {
    switch (parameter.type) {
      case Parameter::Type::kBoolean:
        values[name] = context.boolean(name);
        break;
      case Parameter::Type::kInteger:
        values[name] = context.integer(name);
        break;
      case Parameter::Type::kNumber:
        values[name] = context.number(name);
        break;
      case Parameter::Type::kString:
        values[name] = context.string(name);
        break;
      case Parameter::Type::kStrings:
        values[name] = context.strings(name);
        break;
    }
  }
  return parameters_json(card, values);
}

std::string with_parameters(const Card& card, std::string_view expression) {
  std::string text;
  for (const auto& [name, parameter] : card.parameters) {
    text += fmt::format(".p.{0} as ${0} | ", name);
  }
  return fmt::format("{}.e | {}", text, expression);
}

RuleSetOfUser::RuleSetOfUser(std::vector<UserRule> rules, JqLimits limits)
    : rules_(std::move(rules)),
      worker_(
          [this] {
            std::vector<std::string> programs;
            for (const UserRule& rule : rules_) {
              programs.push_back(with_parameters(rule.card, program_of(rule)));
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

// Which part of a rule does not compile, and why.
Result<void> explain_fault(const UserRule& rule, const std::string& whole) {
  std::vector<std::string> programs = {with_parameters(rule.card, rule.when)};
  std::vector<std::string> parts = {rule.when};
  for (const MessagePart& part : rule.message) {
    if (!part.expression) continue;
    programs.push_back(with_parameters(rule.card, part.text));
    parts.push_back(part.text);
  }
  JqWorker worker(programs);
  XDSCOPE_TRY_ASSIGN(const std::vector<std::string> errors, worker.compile());
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (errors[i].empty()) continue;
    const std::string message = plain_jq_error(errors[i]);
    // A line is told only inside `when`; a missing end is noticed after its last line.
    const auto lines =
        static_cast<std::size_t>(std::count(rule.when.begin(), rule.when.end(), '\n'));
    const std::size_t line =
        i == 0 ? rule.when_line + std::min(line_of_jq_error(errors[i]) - 1,
                                           rule.when.ends_with('\n') ? lines - 1 : lines)
               : rule.message_line;
    return fail(ErrorCode::kUsage,
                fmt::format("{}: {}: {}", rule.card.id, i == 0 ? "when" : "message", message),
                fmt::format("{}:{}", rule.file, line), hint_for(message, rule.card));
  }
  return fail(ErrorCode::kUsage, fmt::format("{}: {}", rule.card.id, plain_jq_error(whole)),
              fmt::format("{}:{}", rule.file, rule.line));
}

// Whether a failure on the sample entity would be one on real ones, too: jq's complaint about the
// types of values that the schema knows.
bool is_certain(const UserRule& rule, const std::string& fault) {
  const bool about_types = fault.find("Cannot index") != std::string::npos ||
                           fault.find("Cannot iterate over") != std::string::npos ||
                           fault.find(" cannot be ") != std::string::npos;
  return about_types && !rule.check.reads_free_form && fault.find("null") == std::string::npos;
}

}  // namespace

Result<void> RuleSetOfUser::validate() {
  if (rules_.empty()) return {};
  XDSCOPE_TRY_ASSIGN(const std::vector<std::string> errors, worker_.compile());
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    if (!errors[i].empty()) return explain_fault(rules_[i], errors[i]);
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

std::vector<Verdict> RuleSetOfUser::evaluate(std::size_t index, const std::string& parameters,
                                             std::span<const std::string> entities) {
  std::vector<std::string> inputs;
  for (const std::string& entity : entities) {
    inputs.push_back(fmt::format("{{\"p\":{},\"e\":{}}}", parameters, entity));
  }
  std::vector<Verdict> verdicts;
  const auto replies = worker_.evaluate(index, inputs);
  if (!replies) {
    verdicts.push_back({false, {}, replies.error().message, true});
    return verdicts;
  }
  for (const JqReply& reply : *replies) {
    Verdict verdict;
    if (reply.kind == JqReply::Kind::kError) {
      verdict.fault = "jq: " + printable(reply.text);
    } else if (reply.kind != JqReply::Kind::kValue) {
      verdict.fault = reply.text;
      verdict.fatal = true;
    } else {
      const Json json = Json::parse(reply.text, nullptr, false);
      const Json result = json.is_array() && !json.empty() ? json[0] : Json::object();
      const std::string type = result.value("t", "null");
      if (result.value("n", 0) > 1) {
        verdict.fault = "when gives several values, not one";
      } else if (type != "boolean" && type != "null" && type != "object") {
        verdict.fault = kind_of_result(type);
      } else if (const auto message = result.find("m");
                 message != result.end() && message->is_string()) {
        verdict.raised = true;
        verdict.message = message->get<std::string>();
      }
    }
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

namespace {

// Findings of one rule on one proxy. The same defect in several places is one finding.
class Findings {
 public:
  void add(const Entity& entity, std::string message) {
    const auto [known, added] = by_identity_.emplace(entity.identity, drafts_.size());
    if (!added) {
      ++drafts_[known->second].second;
      return;
    }
    Draft draft;
    draft.object = entity.object;
    draft.identity = entity.identity;
    draft.at = entity.at;
    draft.message = std::move(message);
    draft.resource = entity.resource;
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

}  // namespace

void RuleSetOfUser::check(std::size_t index, const RuleContext& context, Reporter& report) {
  const UserRule& rule = rules_[index];
  const std::string parameters = parameters_json(context, rule.card);
  Findings findings;
  std::vector<Entity> batch;
  std::vector<std::string> texts;
  std::size_t bytes = 0;
  bool stopped = false;
  const auto fault = [&](const Entity& entity, const std::string& why) {
    Draft draft;
    draft.object = fmt::format("rule {} {}", rule.card.id, rule.card.name);
    draft.identity = fmt::format("rule {} cannot be evaluated", rule.card.id);
    draft.at = entity.at;
    draft.message = fmt::format("the rule cannot be evaluated on {}: {}", entity.object, why);
    draft.severity = std::max(rule.card.severity, Severity::kWarning);
    draft.remediation = fmt::format("correct the rule: {}:{}", rule.file, rule.when_line);
    report.add(std::move(draft));
  };
  const auto flush = [&] {
    const std::vector<Verdict> verdicts = evaluate(index, parameters, texts);
    for (std::size_t i = 0; i < verdicts.size() && i < batch.size(); ++i) {
      if (verdicts[i].fault) fault(batch[i], *verdicts[i].fault);
      if (verdicts[i].raised) findings.add(batch[i], verdicts[i].message);
      stopped = stopped || verdicts[i].fatal;
    }
    batch.clear();
    texts.clear();
    bytes = 0;
  };
  for_each_entity(rule.kind, context, rule.reads_raw, [&](Entity entity) {
    if (stopped) return;
    bytes += entity.json.size();
    texts.push_back(std::move(entity.json));
    batch.push_back(std::move(entity));
    if (batch.size() >= kBatch || bytes >= kBatchBytes) flush();
  });
  if (!batch.empty() && !stopped) flush();
  findings.report(rule.field, report);
}

std::vector<Rule> engine_rules(const std::shared_ptr<RuleSetOfUser>& set) {
  std::vector<Rule> rules;
  for (std::size_t i = 0; i < set->rules().size(); ++i) {
    const UserRule& rule = set->rules()[i];
    rules.push_back({rule.card,
                     fmt::format("# {} {}\n\n## What it does\n\n{}\n\n```jq\n{}\n```\n\n## How to "
                                 "fix\n\n{}\n",
                                 rule.card.id, rule.card.name, rule.card.summary, trim(rule.when),
                                 rule.card.remediation),
                     [set, i](const RuleContext& context, Reporter& report) {
                       set->check(i, context, report);
                     }});
  }
  return rules;
}

}  // namespace xdscope::rules::user
