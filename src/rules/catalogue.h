// All rules that can be run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/rule.h"

namespace xdscope::rules {

// As the build embeds them: generated from rules/*/.
struct EmbeddedRule {
  std::string_view folder;
  std::string_view card;
  std::string_view page;
  void (*check)(const RuleContext&, Reporter&);
};
std::span<const EmbeddedRule> embedded_rules();

// The built-in rules, by id. A card that cannot be read is a fault of the build: the gate test
// fails.
const std::vector<Rule>& builtin_rules();
// Those, and a user's own in these files and folders behind them.
Result<std::vector<Rule>> rules_with_own(std::span<const std::string> paths);
const Rule* find_rule(std::span<const Rule> rules, std::string_view id_or_name);

// The rules as a Markdown table; built-in ones link to their pages, from the project's root.
std::string catalogue_markdown(std::span<const Rule> rules);

}  // namespace xdscope::rules
