#include "rules/catalogue.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/try.h"
#include "rules/user/user_rule.h"

namespace xdscope::rules {
namespace {

// A summary may be Markdown, but neither end the cell nor be HTML.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '<') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

const std::vector<Rule>& builtin_rules() {
  static const std::vector<Rule> kRules = [] {
    std::vector<Rule> out;
    for (const EmbeddedRule& embedded : embedded_rules()) {
      auto card = parse_card(embedded.card, std::string(embedded.folder));
      if (!card) continue;
      out.push_back({std::move(*card), std::string(embedded.page), embedded.check});
    }
    return out;
  }();
  return kRules;
}

Result<std::vector<Rule>> rules_with_own(std::span<const std::string> paths) {
  std::vector<Rule> rules = builtin_rules();
  if (paths.empty()) return rules;
  XDSCOPE_TRY_ASSIGN(const auto own, user::load_user_rules(paths, rules));
  for (Rule& rule : user::engine_rules(own)) rules.push_back(std::move(rule));
  return rules;
}

const Rule* find_rule(std::span<const Rule> rules, std::string_view id_or_name) {
  const auto it = std::find_if(rules.begin(), rules.end(), [&](const Rule& rule) {
    return rule.card.id == id_or_name || rule.card.name == id_or_name;
  });
  return it == rules.end() ? nullptr : &*it;
}

std::string catalogue_markdown(std::span<const Rule> rules) {
  std::string out = "| rule | severity | set | what it finds |\n|---|---|---|---|\n";
  for (const Rule& rule : rules) {
    const Card& card = rule.card;
    std::string name = fmt::format("{} {}", card.id, card.name);
    if (find_rule(builtin_rules(), card.id) != nullptr) {
      name = fmt::format("[{}](rules/{}-{}/README.md)", name, card.id, card.name);
    }
    out += fmt::format("| {} | {} | {} | {} |\n", name, severity_name(card.severity),
                       rule_set_name(card.set), cell(card.summary));
  }
  return out;
}

}  // namespace xdscope::rules
