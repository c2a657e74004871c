// Rules of a user's own, for tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "rules/user/user_rule.h"
#include "support/rule_cases.h"

namespace xdscope::rules::user {

// One of every entity, with every part that a shape describes.
inline const std::string& rich_dump() {
  static const std::string text =
      testing::read_text(std::string(XDSCOPE_SOURCE_DIR) + "/tests/data/user_rules/rich.yaml");
  return text;
}

inline std::string rule_text(std::string_view entity, std::string_view when,
                             std::string_view message = "found", std::string_view more = "") {
  std::string text =
      "id: ACME001\nname: acme-rule\nseverity: warning\nsummary: s\nremediation: r\nfor: ";
  text += std::string(entity) + "\nwhen: |\n";
  std::size_t begin = 0;
  while (begin <= when.size()) {
    const std::size_t end = std::min(when.find('\n', begin), when.size());
    text += "  " + std::string(when.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return text + "message: '" + std::string(message) + "'\n" + std::string(more);
}

inline Result<std::shared_ptr<RuleSetOfUser>> load(std::string_view yaml, JqLimits limits = {}) {
  auto rules = parse_rules(yaml, "own.yaml");
  if (!rules) return std::unexpected(rules.error());
  return RuleSetOfUser::make(std::move(*rules), limits);
}

inline std::string text_of(const Error& error) {
  return error.where + ": " + error.message + " | " + error.hint;
}

inline std::string load_error(std::string_view yaml) {
  const auto set = load(yaml);
  return set ? "no error" : text_of(set.error());
}

}  // namespace xdscope::rules::user
