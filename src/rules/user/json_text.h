// Builds the JSON that expressions see.
#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "rules/user/needs.h"

namespace xdscope::rules::user {

// A JSON string with its quotes.
std::string quoted(std::string_view text);
std::string number_text(double value);  // null where JSON has no such number

// A member that is not needed is left out; one whose value costs something is given as a function.
class ObjectText {
 public:
  explicit ObjectText(const Needs& needs = Needs::everything()) : needs_(needs) {}
  bool wants(std::string_view name) const { return needs_.wants(name); }
  // What is needed of a member that is wanted.
  const Needs& of(std::string_view name) const { return needs_.of(name); }

  // Each adds a member.
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, double value);
  void boolean(std::string_view name, bool value);
  void json(std::string_view name, std::string_view value);  // "" is null
  template <std::invocable MakeJson>
  void json(std::string_view name, MakeJson&& make) {
    if (wants(name)) json(name, std::string_view(make()));
  }
  void number_or_null(std::string_view name, std::optional<double> value);
  void boolean_or_null(std::string_view name, std::optional<bool> value);
  template <class Range>
  void texts(std::string_view name, const Range& values);

  std::string finish() &&;

 private:
  bool key(std::string_view name);  // whether it is wanted
  const Needs& needs_;
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
  if (!wants(name)) return;
  const auto text = [](std::string_view value) { return quoted(value); };
  if constexpr (std::invocable<const Range&>) {
    json(name, list_text(values(), text));
  } else {
    json(name, list_text(values, text));
  }
}

}  // namespace xdscope::rules::user
