// `xdscope rules`: the catalogue.
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/rules_own.h"
#include "cli/terminal.h"
#include "report/escaping.h"
#include "rules/catalogue.h"
#include "rules/suggest.h"

namespace xdscope::cli {
namespace {

using rules::Card;
using rules::Rule;
using Json = nlohmann::ordered_json;

Json parameter_json(const rules::Parameter& parameter) {
  Json value;
  std::visit([&](const auto& held) { value = held; }, parameter.default_value);
  return {{"type", rules::parameter_type_name(parameter.type)},
          {"default", value},
          {"description", parameter.description}};
}

Json card_json(const Card& card) {
  Json json = {{"id", card.id},
               {"name", card.name},
               {"severity", severity_name(card.severity)},
               {"set", rules::rule_set_name(card.set)},
               {"summary", card.summary},
               {"remediation", card.remediation},
               {"roles", Json::array()},
               {"inputs", Json::array()},
               {"inputs_any", Json::array()},
               {"uses", Json::array()},
               {"parameters", Json::object()}};
  for (const Role role : card.roles) json["roles"].push_back(role_name(role));
  for (const auto& [key, inputs] : {std::pair{"inputs", &card.inputs},
                                    {"inputs_any", &card.inputs_any},
                                    {"uses", &card.uses}}) {
    for (const rules::Input input : *inputs) json[key].push_back(rules::input_name(input));
  }
  for (const auto& [name, parameter] : card.parameters) {
    json["parameters"][name] = parameter_json(parameter);
  }
  return json;
}

std::string list_text(const std::vector<Rule>& rules) {
  std::string out =
      fmt::format("{:<7} {:<9} {:<12} {:<38} {}\n", "ID", "SEVERITY", "SET", "NAME", "SUMMARY");
  for (const Rule& rule : rules) {
    const Card& card = rule.card;
    out += fmt::format("{:<7} {:<9} {:<12} {:<38} {}\n", card.id, severity_name(card.severity),
                       rules::rule_set_name(card.set), card.name, card.summary);
  }
  return out;
}

struct Options {
  std::vector<std::string> rules;
  std::string id;
  std::string output = "text";
};

Result<int> run_list(const Options& options) {
  XDSCOPE_TRY_ASSIGN(const std::vector<Rule> rules, rules::rules_with_own(options.rules));
  if (options.output == "json") {
    Json json = {{"schema_version", 1}, {"rules", Json::array()}};
    for (const Rule& rule : rules) json["rules"].push_back(card_json(rule.card));
    XDSCOPE_TRY(print(report::json_document(json)));
  } else if (options.output == "markdown") {
    XDSCOPE_TRY(print(rules::catalogue_markdown(rules)));
  } else if (options.output == "text" || options.output == "short") {
    XDSCOPE_TRY(print(list_text(rules)));
  } else {
    return fail(ErrorCode::kUsage,
                fmt::format("output format \"{}\" not supported", options.output), "--output",
                "one of text, json, markdown");
  }
  return kExitOk;
}

std::string value_text(const rules::ParameterValue& value) {
  Json json;
  std::visit([&](const auto& held) { json = held; }, value);
  return json.dump();
}

Result<int> run_show(const Options& options) {
  XDSCOPE_TRY_ASSIGN(const std::vector<Rule> rules, rules::rules_with_own(options.rules));
  const std::string& id = options.id;
  const Rule* rule = rules::find_rule(rules, id);
  if (rule == nullptr) {
    std::vector<std::string_view> known;
    for (const Rule& item : rules) {
      known.push_back(item.card.id);
      known.push_back(item.card.name);
    }
    const std::string_view best = rules::nearest(id, known);
    return fail(
        ErrorCode::kUsage, fmt::format("there is no rule \"{}\"", printable(id)), {},
        best.empty() ? "see `xdscope rules list`" : fmt::format("did you mean \"{}\"?", best));
  }
  if (options.output == "json") {
    Json json = card_json(rule->card);
    json["page"] = rule->page;
    XDSCOPE_TRY(print(report::json_document(json)));
    return kExitOk;
  }
  std::string out = rule->page;
  if (!rule->card.parameters.empty()) out += "\n## Parameters\n\n";
  for (const auto& [name, parameter] : rule->card.parameters) {
    out += fmt::format("- `{}` ({}, default {}): {}\n", name,
                       rules::parameter_type_name(parameter.type),
                       value_text(parameter.default_value), parameter.description);
  }
  XDSCOPE_TRY(print(out));
  return kExitOk;
}

}  // namespace

void add_rules_command(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("rules", "The rules of lint");
  command->require_subcommand(0, 1);
  command->add_option("-o,--output", options->output, "text, json or markdown");
  command->add_option("--rules", options->rules, "Rules of your own, too: a file or a folder")
      ->type_name("PATH");
  command->callback([options, &invocation] {
    if (!invocation.run) invocation.run = [options] { return run_list(*options); };
  });
  command->add_subcommand("list", "All rules")->callback([options, &invocation] {
    invocation.run = [options] { return run_list(*options); };
  });
  CLI::App* show = command->add_subcommand("show", "One rule's page");
  show->add_option("rule", options->id, "Id or name")->required();
  show->callback(
      [options, &invocation] { invocation.run = [options] { return run_show(*options); }; });
  add_own_rules_commands(*command, invocation);
}

}  // namespace xdscope::cli
