// What every rule must have. With XDSCOPE_UPDATE_EXPECTED set, the .expected files are written
// anew: read them before they are committed.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "rules/catalogue.h"
#include "support/catch.h"
#include "support/rule_cases.h"

using namespace xdscope;
using namespace xdscope::rules;
namespace fs = std::filesystem;

namespace {

const fs::path kRules = fs::path(XDSCOPE_SOURCE_DIR) / "rules";

std::string names_of(const std::set<Input>& inputs) {
  std::string text;
  for (const Input input : inputs) text += std::string(input_name(input)) + " ";
  return text;
}

void write_expected(const fs::path& case_path, const std::string& lines) {
  fs::path path = case_path.parent_path() / (case_path.stem().string() + ".expected");
  std::ofstream(path) << lines;
}

}  // namespace

TEST_CASE("rules: every folder is a rule with a card that can be read") {
  for (const EmbeddedRule& embedded : embedded_rules()) {
    INFO(embedded.folder);
    const auto card = parse_card(embedded.card, std::string(embedded.folder));
    if (!card) FAIL(card.error().message << " " << card.error().hint);
    CHECK(embedded.folder == card->id + "-" + card->name);
    CHECK(card->summary.ends_with('.'));
    CHECK(card->remediation.ends_with('.'));
    for (const auto& [name, parameter] : card->parameters)
      CHECK(parameter.description.ends_with('.'));
  }
  std::size_t folders = 0;
  for (const auto& entry : fs::directory_iterator(kRules)) folders += entry.is_directory();
  CHECK(builtin_rules().size() == folders);
}

TEST_CASE("rules: ids and names are unique, and retired ids stay retired") {
  const std::string retired = testing::read_text(kRules / "RETIRED");
  std::set<std::string> seen;
  for (const Rule& rule : builtin_rules()) {
    CHECK(seen.insert(rule.card.id).second);
    CHECK(seen.insert(rule.card.name).second);
    CHECK(retired.find(rule.card.id) == std::string::npos);
  }
}

TEST_CASE("rules: every page has all its headings, in their order") {
  for (const Rule& rule : builtin_rules()) {
    INFO(rule.card.id);
    CHECK(rule.page.starts_with("# " + rule.card.id + " " + rule.card.name + "\n"));
    std::size_t at = 0;
    for (const char* heading :
         {"\n## What it does\n", "\n## Why it matters\n", "\n## Example\n", "\n## How to fix\n",
          "\n## When not to worry\n", "\n## References\n"}) {
      INFO(heading);
      const std::size_t found = rule.page.find(heading, at);
      CHECK(found != std::string::npos);
      if (found != std::string::npos) at = found;
    }
    for (const auto& [name, parameter] : rule.card.parameters) {
      INFO(name);
      CHECK(rule.page.find("`" + name + "`") != std::string::npos);
    }
  }
}

TEST_CASE("rules: the README's table is that of the cards") {
  const std::string page = testing::read_text(fs::path(XDSCOPE_SOURCE_DIR) / "README.md");
  const std::string begin = "<!-- rules -->\n";
  const std::size_t table = page.find(begin);
  const std::size_t end = page.find("<!-- end of rules -->");
  REQUIRE((table != std::string::npos && end != std::string::npos));
  CHECK(page.substr(table + begin.size(), end - table - begin.size()) ==
        catalogue_markdown(builtin_rules()));
}

TEST_CASE("rules: cases raise what they must, and the card declares what is read") {
  const bool update = std::getenv("XDSCOPE_UPDATE_EXPECTED") != nullptr;
  for (const Rule& rule : builtin_rules()) {
    INFO(rule.card.id);
    std::size_t raising = 0;
    std::size_t quiet = 0;
    Reads reads;
    for (const auto& rule_case :
         testing::rule_cases(kRules / (rule.card.id + "-" + rule.card.name))) {
      INFO(rule_case.path);
      auto outcome = testing::run_case(rule, rule_case);
      const std::string lines = testing::expected_lines(outcome.findings);
      ++(rule_case.raises ? raising : quiet);
      if (rule_case.raises) {
        CHECK_FALSE(outcome.findings.empty());
        if (update)
          write_expected(rule_case.path, lines);
        else
          CHECK(lines == rule_case.expected);
      } else {
        CHECK(lines == "");
      }
      for (const Finding& finding : outcome.findings) {
        CHECK(finding.evidence.line != 0);
        CHECK_FALSE(finding.object.empty());
        CHECK_FALSE(finding.message.ends_with('.'));
      }
      reads.inputs.merge(outcome.reads[0].inputs);
      reads.parameters.merge(outcome.reads[0].parameters);
    }
    CHECK(raising >= 1);
    CHECK(quiet >= 1);
    std::set<Input> declared = rule.card.inputs;
    declared.insert(rule.card.uses.begin(), rule.card.uses.end());
    declared.insert(rule.card.inputs_any.begin(), rule.card.inputs_any.end());
    CHECK(names_of(reads.inputs) == names_of(declared));
    for (const auto& [name, parameter] : rule.card.parameters) {
      INFO(name);
      CHECK(reads.parameters.contains(name));
    }
  }
}
