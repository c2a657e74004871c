#include "json/broken.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/document.h"

namespace xdscope::json {

bool contains(const Value& outer, const Value& inner) {
  return outer.document() != nullptr && outer.document() == inner.document() &&
         inner.offset() >= outer.offset() && inner.offset() < outer.offset() + outer.raw().size();
}

std::optional<Mismatch> broken_in(const Value& value) {
  if (value.document() == nullptr) return std::nullopt;
  const std::vector<Mismatch> all = mismatches(*value.document());
  if (all.empty()) return std::nullopt;
  if (all.size() == Document::kMostMismatches) return all.front();
  const auto found = std::ranges::find_if(
      all, [&](const Mismatch& mismatch) { return contains(value, mismatch.value); });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

void note_unknown(const Value& value) {
  if (value) value.document()->note_unknown(value);
}

std::string_view enum_name(const Value& value, std::string_view first,
                           std::initializer_list<std::string_view> others) {
  const std::string_view name = value.text();
  if (name.empty() || name == first) return first;
  if (std::ranges::find(others, name) == others.end()) note_unknown(value);
  return name;
}

std::string describe(const Mismatch& mismatch) {
  if (mismatch.value.is_string() && mismatch.expected == Type::kString) {
    return mismatch.value.string() ? "an unknown name" : "a string with a broken escape";
  }
  return fmt::format("{} where {} is expected", type_name(mismatch.value.type()),
                     type_name(mismatch.expected));
}

}  // namespace xdscope::json
