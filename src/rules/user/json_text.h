// Builds the JSON that expressions see.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace xdscope::rules::user {

// A JSON string with its quotes.
std::string quoted(std::string_view text);

class ObjectText {
 public:
  // Each adds a member.
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, double value);
  void boolean(std::string_view name, bool value);
  void json(std::string_view name, std::string_view value);  // "" is null
  void number_or_null(std::string_view name, std::optional<double> value);
  void boolean_or_null(std::string_view name, std::optional<bool> value);
  template <class Range>
  void texts(std::string_view name, const Range& values);

  std::string finish() &&;

 private:
  void key(std::string_view name);
  std::string out_ = "{";
};

// "[…]" of what `to_json` makes of each element.
template <class Range, class ToJson>
std::string list_text(const Range& range, ToJson&& to_json) {
  std::string out = "[";
  for (const auto& item : range) {
    if (out.size() > 1) out += ',';
    out += to_json(item);
  }
  return out + "]";
}

template <class Range>
void ObjectText::texts(std::string_view name, const Range& values) {
  json(name, list_text(values, [](std::string_view value) { return quoted(value); }));
}

}  // namespace xdscope::rules::user
