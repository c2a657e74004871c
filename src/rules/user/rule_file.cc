// Reads rule files.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/try.h"
#include "input/read.h"
#include "input/yaml_to_json.h"
#include "rules/parameter_value.h"
#include "rules/suggest.h"
#include "rules/user/entity.h"
#include "rules/user/test_entity.h"
#include "rules/user/user_rule.h"

namespace xdscope::rules::user {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 16> kFields = {
    "id",         "name",    "severity",    "set", "roles", "inputs",  "inputs_any", "uses",
    "parameters", "summary", "remediation", "for", "when",  "message", "field",      "tests"};
constexpr std::array<std::string_view, 5> kTestFields = {"name", "raises", "quiet", "message",
                                                         "parameters"};
constexpr std::array<std::string_view, 3> kCaseFields = {"entity", "dump", "file"};
constexpr std::array<std::string_view, 4> kReservedWords = {"all", "default", "recommended",
                                                            "policy"};

bool is_identifier(std::string_view text) {
  return !text.empty() && std::isalpha(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
         });
}

// What jq 1.6 does not take for a variable's name, and what is one already.
constexpr std::array<std::string_view, 21> kNoVariables = {
    "and",    "or",      "if",     "then",    "else", "elif",    "end",
    "as",     "def",     "reduce", "foreach", "try",  "catch",   "label",
    "import", "include", "module", "break",   "ENV",  "__loc__", "__prog_args"};

// Parameters become variables of jq.
bool is_variable(std::string_view text) {
  return is_identifier(text) && text.find('-') == std::string_view::npos &&
         !text.starts_with("xdscope_") &&
         std::find(kNoVariables.begin(), kNoVariables.end(), text) == kNoVariables.end();
}

// For tables, terminals and pages.
std::string one_line(std::string_view text) {
  std::string line(trim(text));
  std::replace(line.begin(), line.end(), '\n', ' ');
  return printable(line);
}

class RuleReader {
 public:
  RuleReader(std::string_view yaml, const std::string& file) : yaml_(yaml), file_(file) {}

  Result<UserRule> read(json::Value root) {
    if (!root.is_object()) return fault(root, "a rule is a mapping with id, for, when, …");
    XDSCOPE_TRY(check_keys(root, kFields, "a rule"));
    UserRule rule;
    rule.file = file_;
    rule.line = json::position_of(root).line;
    XDSCOPE_TRY_ASSIGN(rule.kind, entity_kind(root));
    XDSCOPE_TRY_ASSIGN(rule.card, card(root, rule.kind));
    XDSCOPE_TRY_ASSIGN(rule.when, text(root, "when"));
    rule.when_line = text_line(root.at("when"));
    XDSCOPE_TRY_ASSIGN(const std::string message, text(root, "message"));
    rule.message_line = text_line(root.at("message"));
    if (root.at("field") && !root.at("field").is_string()) {
      return fault(root.at("field"), "field is a text: spec.http[].timeout");
    }
    rule.field = one_line(root.at("field").text());
    if (root.at("tests") && !root.at("tests").is_array()) {
      return fault(root.at("tests"), "tests is a list");
    }
    rule.reads_raw =
        rule.when.find("raw") != std::string::npos || message.find("raw") != std::string::npos;
    XDSCOPE_TRY(check_when(rule));
    XDSCOPE_TRY(read_message(rule, message));
    for (const json::Value item : root.at("tests").elements()) {
      XDSCOPE_TRY_ASSIGN(RuleTest test, read_test(item, rule));
      rule.tests.push_back(std::move(test));
    }
    return rule;
  }

 private:
  std::string place(std::size_t line) const { return fmt::format("{}:{}", file_, line); }

  std::unexpected<Error> fault(json::Value at, std::string what, std::string hint = {}) const {
    return fail(ErrorCode::kUsage, std::move(what), place(json::position_of(at).line),
                std::move(hint));
  }

  Result<void> check_keys(json::Value object, std::span<const std::string_view> known,
                          std::string_view of) const {
    for (const json::Member member : object.members()) {
      if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
      return fault(member.value, fmt::format("{} has no key \"{}\"", of, printable(member.key)),
                   did_you_mean(member.key, known));
    }
    return {};
  }

  Result<std::string> text(json::Value object, std::string_view key) const {
    const json::Value value = object.at(key);
    if (trim(value.text()).empty()) {
      return fault(value ? value : object, fmt::format("a rule needs \"{}\", as a text", key));
    }
    return std::string(value.text());
  }

  // A block scalar (`|`, `>`) begins on the line after its indicator.
  std::size_t text_line(json::Value value) const {
    const std::size_t line = json::position_of(value).line;
    std::string_view rest = yaml_;
    for (std::size_t i = 1; i < line; ++i) {
      const std::size_t end = rest.find('\n');
      if (end == std::string_view::npos) return line;
      rest.remove_prefix(end + 1);
    }
    rest = rest.substr(0, rest.find('\n'));
    const std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return line;
    const std::string_view after = trim(rest.substr(colon + 1));
    return after.starts_with('|') || after.starts_with('>') ? line + 1 : line;
  }

  Result<EntityKind> entity_kind(json::Value root) const {
    std::vector<std::string_view> names;
    for (const EntityKind kind : entity_kinds()) {
      if (root.at("for").text() == entity_name(kind)) return kind;
      names.push_back(entity_name(kind));
    }
    if (!root.at("for"))
      return fault(root, "a rule needs \"for\", an entity", did_you_mean("", names));
    return fault(root.at("for"),
                 fmt::format("there is no entity \"{}\"", printable(root.at("for").text())),
                 did_you_mean(root.at("for").text(), names));
  }

  Result<Card> card(json::Value root, EntityKind kind) const {
    Json json = Json::parse(root.raw(), nullptr, false);
    if (!json.is_object()) return fault(root, "a rule is a mapping");
    for (const char* key : {"for", "when", "message", "field", "tests"}) json.erase(key);
    if (!json.contains("set")) json["set"] = "recommended";
    if (!json.contains("inputs")) json["inputs"] = Json::array();
    if (!json["inputs"].is_array()) return fault(root.at("inputs"), "inputs is a list of texts");
    json["inputs"].push_back(input_name(input_of(kind)));
    if (kind == EntityKind::kEndpoint) json["inputs"].push_back(input_name(Input::kEndpoints));
    if (json.contains("parameters") && !json["parameters"].is_object()) {
      return fault(root.at("parameters"), "parameters maps names to type, default and description");
    }
    XDSCOPE_TRY_ASSIGN(Card card,
                       parse_card(json.dump(-1, ' ', false, Json::error_handler_t::replace),
                                  place(json::position_of(root).line)));
    for (const std::string* name : {&card.id, &card.name}) {
      const json::Value at = root.at(name == &card.id ? "id" : "name");
      if (!is_identifier(*name)) {
        return fault(at, fmt::format("\"{}\" is no id or name", printable(*name)),
                     "letters, digits, - and _, beginning with a letter: ACME001");
      }
      if (std::find(kReservedWords.begin(), kReservedWords.end(), *name) != kReservedWords.end()) {
        return fault(at, fmt::format("\"{}\" means a set of rules", *name), "take another name");
      }
    }
    for (auto& [name, parameter] : card.parameters) {
      if (!is_variable(name)) {
        return fault(root.at("parameters"),
                     fmt::format("parameter \"{}\" cannot be a variable of jq", printable(name)),
                     "letters, digits and _, beginning with a letter, and no word of jq's own");
      }
      parameter.description = one_line(parameter.description);
    }
    card.summary = one_line(card.summary);
    card.remediation = one_line(card.remediation);
    return card;
  }

  Result<void> check_when(UserRule& rule) const {
    rule.check = check_expression(rule.when, shape_of(rule.kind), ExpressionUse::kTruth);
    if (!rule.check.fault) return {};
    const ExpressionFault& found = *rule.check.fault;
    return fail(ErrorCode::kUsage, fmt::format("{}: when: {}", rule.card.id, found.message),
                place(rule.when_line + found.line - 1), found.hint);
  }

  Result<void> read_message(UserRule& rule, std::string_view message) const {
    auto parts = parse_message(message);
    if (!parts) {
      Error error = parts.error();
      error.where = place(rule.message_line);
      return std::unexpected(std::move(error));
    }
    rule.message = std::move(*parts);
    for (const MessagePart& part : rule.message) {
      if (!part.expression) continue;
      const ExpressionCheck check =
          check_expression(part.text, shape_of(rule.kind), ExpressionUse::kValue);
      rule.check.needs.add(check.needs);
      rule.message_reads_free_form = rule.message_reads_free_form || check.reads_free_form;
      if (!check.fault) continue;
      return fail(ErrorCode::kUsage,
                  fmt::format("{}: message: {}", rule.card.id, check.fault->message),
                  place(rule.message_line), check.fault->hint);
    }
    return {};
  }

  Result<ParameterValue> parameter_value(json::Value value) const {
    if (const auto boolean = value.boolean()) return *boolean;
    if (value.is_string()) return std::string(value.text());
    if (value.is_array()) {
      std::vector<std::string> texts;
      for (const json::Value item : value.elements()) texts.emplace_back(item.text());
      return texts;
    }
    if (const auto integer = value.integer()) return *integer;
    if (const auto number = value.number()) return *number;
    return fault(value, "a parameter is a scalar or a list of texts");
  }

  Result<RuleTest> read_test(json::Value item, const UserRule& rule) const {
    if (!item.is_object()) return fault(item, "a test is a mapping with raises or quiet");
    XDSCOPE_TRY(check_keys(item, kTestFields, "a test"));
    RuleTest test;
    test.line = json::position_of(item).line;
    test.raises = item.at("raises").is_object();
    const json::Value given = item.at(test.raises ? "raises" : "quiet");
    if (!given.is_object() || (item.at("raises") && item.at("quiet"))) {
      return fault(item, "a test has one of raises and quiet",
                   "raises: {entity: {…}}, or dump: or file: in the place of entity:");
    }
    XDSCOPE_TRY(check_keys(given, kCaseFields, "raises or quiet"));
    if (given.size() != 1) return fault(given, "a test has one of entity, dump and file");
    test.name = std::string(item.at("name").text());
    if (test.name.empty()) test.name = fmt::format("line {}", test.line);
    if (const json::Value message = item.at("message")) {
      if (!message.is_string()) return fault(message, "a message is a text");
      test.message = std::string(message.text());
    }
    const json::Value parameters = item.at("parameters");
    if (parameters && !parameters.is_object()) {
      return fault(parameters, "parameters maps names to values");
    }
    for (const json::Member member : parameters.members()) {
      if (!rule.card.parameters.contains(member.key)) {
        return fault(member.value, fmt::format("{} has no parameter \"{}\"", rule.card.id,
                                               printable(member.key)));
      }
      XDSCOPE_TRY_ASSIGN(ParameterValue value, parameter_value(member.value));
      const auto type = rule.card.parameters.find(member.key)->second.type;
      if (!fits(value, type)) {
        return fault(member.value, fmt::format("parameter \"{}\" is of type {}", member.key,
                                               parameter_type_name(type)));
      }
      test.parameters[std::string(member.key)] = std::move(value);
    }
    if (const json::Value entity = given.at("entity")) {
      auto complete = complete_entity(shape_of(rule.kind), entity);
      if (!complete) {
        Error error = complete.error();
        error.where = place(json::position_of(entity).line);
        return std::unexpected(std::move(error));
      }
      test.entity = std::move(*complete);
    } else if (const json::Value dump = given.at("dump")) {
      test.dump = std::string(dump.raw());
    } else {
      const auto path = std::filesystem::path(file_).parent_path() / given.at("file").text();
      test.file = path.string();
    }
    return test;
  }

  std::string_view yaml_;
  const std::string& file_;
};

}  // namespace

Result<std::vector<UserRule>> parse_rules(std::string_view yaml, const std::string& file) {
  auto json = yaml_to_json(yaml, file);
  if (json && trim(json->view()).empty()) {
    return fail(ErrorCode::kUsage, "the file holds no rule", file);
  }
  auto document =
      json ? json::Document::parse(std::move(*json), file)
           : Result<std::unique_ptr<json::Document>>(std::unexpected(std::move(json).error()));
  if (!document) {
    Error error = document.error();
    error.code = ErrorCode::kUsage;
    return std::unexpected(std::move(error));
  }
  std::vector<UserRule> rules;
  RuleReader reader(yaml, file);
  for (const json::Value root : (*document)->roots()) {
    XDSCOPE_TRY_ASSIGN(UserRule rule, reader.read(root));
    rules.push_back(std::move(rule));
  }
  return rules;
}

namespace {

// The files that a path means.
Result<std::vector<std::string>> files_of(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file()) continue;
    const std::string extension = it->path().extension().string();
    if (extension == ".yaml" || extension == ".yml") files.push_back(it->path().string());
  }
  if (error) return fail(ErrorCode::kUsage, "the folder cannot be read", path, error.message());
  if (files.empty()) {
    return fail(ErrorCode::kUsage, "the folder holds no rules", path, "rules are *.yaml files");
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<void> check_unique(const std::vector<UserRule>& rules, std::span<const Rule> others) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const Card& card = rules[i].card;
    const std::string where = fmt::format("{}:{}", rules[i].file, rules[i].line);
    for (const Rule& other : others) {
      if (other.card.id != card.id && other.card.name != card.name) continue;
      return fail(ErrorCode::kUsage,
                  fmt::format("{} {} is a rule of xdscope's own", other.card.id, other.card.name),
                  where, "take an id and a name of your own, such as ACME001");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (rules[j].card.id != card.id && rules[j].card.name != card.name) continue;
      return fail(ErrorCode::kUsage,
                  fmt::format("{} {} stands twice", rules[j].card.id, rules[j].card.name), where,
                  fmt::format("also in {}:{}", rules[j].file, rules[j].line));
    }
  }
  return {};
}

}  // namespace

Result<std::shared_ptr<RuleSetOfUser>> load_user_rules(std::span<const std::string> paths,
                                                       std::span<const Rule> others) {
  std::vector<UserRule> rules;
  for (const std::string& path : paths) {
    XDSCOPE_TRY_ASSIGN(const std::vector<std::string> files, files_of(path));
    for (const std::string& file : files) {
      auto bytes = read_file(file);
      if (!bytes) {
        Error error = bytes.error();
        error.code = ErrorCode::kUsage;
        return std::unexpected(std::move(error));
      }
      XDSCOPE_TRY_ASSIGN(std::vector<UserRule> found, parse_rules(bytes->view(), file));
      std::move(found.begin(), found.end(), std::back_inserter(rules));
    }
  }
  XDSCOPE_TRY(check_unique(rules, others));
  return RuleSetOfUser::make(std::move(rules));
}

}  // namespace xdscope::rules::user
