#include "cli/rules_own.h"

#include <algorithm>
#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/try.h"
#include "cli/clock.h"
#include "cli/terminal.h"
#include "report/escaping.h"
#include "rules/catalogue.h"
#include "rules/suggest.h"
#include "rules/user/rule_test.h"
#include "rules/user/schema.h"
#include "rules/user/user_rule.h"

namespace xdscope::cli {
namespace {

namespace user = rules::user;

std::string outcomes_text(const std::vector<user::TestOutcome>& outcomes) {
  std::string out;
  std::size_t failed = 0;
  for (const user::TestOutcome& outcome : outcomes) {
    const std::string name = printable(outcome.name);
    if (outcome.passed) {
      out += fmt::format("ok    {} {}\n", outcome.rule, name);
      continue;
    }
    ++failed;
    out += fmt::format("FAIL  {} {} ({})\n      {}\n", outcome.rule, name, printable(outcome.where),
                       printable(outcome.reason));
    for (const std::string& line : outcome.details) out += fmt::format("        {}\n", line);
  }
  return out + fmt::format("{} passed, {} failed\n", outcomes.size() - failed, failed);
}

std::string outcomes_json(const std::vector<user::TestOutcome>& outcomes) {
  nlohmann::ordered_json json = {{"schema_version", 1}, {"tests", nlohmann::ordered_json::array()}};
  for (const user::TestOutcome& outcome : outcomes) {
    json["tests"].push_back({{"rule", outcome.rule},
                             {"name", outcome.name},
                             {"where", outcome.where},
                             {"passed", outcome.passed},
                             {"reason", outcome.reason},
                             {"details", outcome.details}});
  }
  return report::json_document(json);
}

Result<int> run_test(const std::vector<std::string>& paths, const std::string& output) {
  if (output != "text" && output != "short" && output != "json") {
    return fail(ErrorCode::kUsage,
                fmt::format("output format \"{}\" not supported", printable(output)), "--output",
                "one of text, json");
  }
  XDSCOPE_TRY_ASSIGN(const auto set, user::load_user_rules(paths, rules::builtin_rules()));
  XDSCOPE_TRY_ASSIGN(const std::int64_t now, current_time());
  const auto outcomes =
      user::run_tests(set, std::chrono::system_clock::time_point(std::chrono::seconds(now)));
  XDSCOPE_TRY(print(output == "json" ? outcomes_json(outcomes) : outcomes_text(outcomes)));
  const bool passed = std::all_of(outcomes.begin(), outcomes.end(),
                                  [](const auto& outcome) { return outcome.passed; });
  return passed ? kExitOk : kExitFindings;
}

Result<int> run_fields(const std::string& name) {
  if (name.empty()) {
    XDSCOPE_TRY(print(user::schema_markdown()));
    return kExitOk;
  }
  std::vector<std::string_view> known;
  for (const user::Shape* shape : user::shapes()) {
    known.push_back(shape->name);
    if (shape->name != name) continue;
    XDSCOPE_TRY(print(user::shape_markdown(*shape)));
    return kExitOk;
  }
  return fail(ErrorCode::kUsage, fmt::format("there is no entity \"{}\"", printable(name)), {},
              rules::did_you_mean(name, known));
}

struct Options {
  std::vector<std::string> paths;
  std::string output = "text";
  std::string entity;
};

}  // namespace

void add_own_rules_commands(CLI::App& rules, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* test = rules.add_subcommand("test", "Run the tests in rule files of your own");
  test->add_option("path", options->paths, "Files or folders")->required();
  test->add_option("-o,--output", options->output, "text or json");
  test->callback([options, &invocation] {
    invocation.run = [options] { return run_test(options->paths, options->output); };
  });
  CLI::App* fields = rules.add_subcommand("fields", "What the expressions of such rules can read");
  fields->add_option("entity", options->entity, "listener, route, cluster, …");
  fields->callback([options, &invocation] {
    invocation.run = [options] { return run_fields(options->entity); };
  });
}

}  // namespace xdscope::cli
