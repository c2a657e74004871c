#include "trace/runtime.h"

namespace xdscope::trace {

Runtime::Runtime(json::Value bootstrap) {
  for (const json::Value layer : bootstrap["layered_runtime"]["layers"].elements()) {
    add("", layer["static_layer"]);
  }
}

void Runtime::add(const std::string& prefix, json::Value values) {
  for (const auto& [key, value] : values.members()) {
    const std::string name = prefix.empty() ? std::string(key) : prefix + "." + std::string(key);
    // A FractionalPercent is a value, not a folder of keys.
    const bool folder = value.is_object() && !value["numerator"] && !value["denominator"];
    if (folder) {
      add(name, value);
    } else {
      values_[name] = value;
    }
  }
}

FractionalPercent Runtime::fraction(std::string_view key, FractionalPercent otherwise) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return otherwise;
  if (found->second.is_object()) return decode_fractional_percent(found->second);
  const auto percent = integer(key);
  if (!percent) return otherwise;
  return {static_cast<std::uint32_t>(std::min<std::uint64_t>(*percent, 100)), 100};
}

std::optional<std::uint64_t> Runtime::integer(std::string_view key) const {
  const auto found = values_.find(key);
  // A runtime value may be of any type; a feature may stand under the key of a number.
  if (found == values_.end() || found->second.type() == json::Type::kBool) return std::nullopt;
  return found->second.unsigned_integer();
}

std::optional<bool> Runtime::boolean(std::string_view key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  const json::Value value = found->second;
  if (value.is_string() && value.text() == "true") return true;
  if (value.is_string() && value.text() == "false") return false;
  return value.type() == json::Type::kBool ? value.boolean() : std::nullopt;
}

}  // namespace xdscope::trace
