#include "rules/user/json_text.h"

#include <fmt/format.h>

#include <cmath>

namespace xdscope::rules::user {

std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  std::size_t plain = 0;  // what is copied as it is begins here
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(plain, i - plain);
    out += fmt::format("\\u{:04x}", c);
    plain = i + 1;
  }
  out += text.substr(plain);
  out += '"';
  return out;
}

std::string number_text(double value) {
  return std::isfinite(value) ? fmt::format("{}", value) : "null";
}

bool ObjectText::key(std::string_view name) {
  if (!wants(name)) return false;
  if (out_.size() > 1) out_ += ',';
  out_ += quoted(name);
  out_ += ':';
  return true;
}

void ObjectText::text(std::string_view name, std::string_view value) {
  if (key(name)) out_ += quoted(value);
}

void ObjectText::number(std::string_view name, double value) {
  if (key(name)) out_ += number_text(value);
}

void ObjectText::boolean(std::string_view name, bool value) {
  if (key(name)) out_ += value ? "true" : "false";
}

void ObjectText::json(std::string_view name, std::string_view value) {
  if (key(name)) out_ += value.empty() ? "null" : value;
}

void ObjectText::number_or_null(std::string_view name, std::optional<double> value) {
  value ? number(name, *value) : json(name, {});
}

void ObjectText::boolean_or_null(std::string_view name, std::optional<bool> value) {
  value ? boolean(name, *value) : json(name, {});
}

std::string ObjectText::finish() && { return std::move(out_) + "}"; }

}  // namespace xdscope::rules::user
