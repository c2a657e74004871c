#include "rules/user/rule_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/try.h"
#include "rules/suggest.h"
#include "rules/user/json_text.h"

namespace xdscope::rules::user {
namespace {

using Json = nlohmann::json;

std::string value_json(const ParameterValue& value) {
  Json json;
  std::visit([&](const auto& held) { json = held; }, value);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
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

}  // namespace

std::string when_program(const UserRule& rule) {
  return with_parameters(rule.card, fmt::format("({}\n), []", rule.when));
}

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
    text += fmt::format("$xdscope_given.{0} as ${0} | ", name);
  }
  return text.append(expression);
}

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

}  // namespace xdscope::rules::user
