// Comparison of JSON texts by content.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

namespace xdscope::testing {

// Both are valid JSON of the same content; the order of keys does not matter.
inline bool same_json(std::string_view a, std::string_view b) {
  const auto parse = [](std::string_view text) {
    return nlohmann::json::parse(text.begin(), text.end(), nullptr, false);
  };
  const nlohmann::json first = parse(a);
  return !first.is_discarded() && first == parse(b);
}

}  // namespace xdscope::testing
