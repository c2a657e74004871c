#include <charconv>
#include <cstring>

#include "json/document.h"

namespace xdscope::json {
namespace {

template <class T>
std::optional<T> parse_all(std::string_view text) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Whole numbers may be written 1.0 or 1e3 in the proto3 JSON mapping.
template <class T>
std::optional<T> parse_whole(std::string_view text) {
  if (auto whole = parse_all<T>(text)) return whole;
  const auto wide = parse_all<double>(text);
  if (!wide) return std::nullopt;
  // Not a number, which the mapping has too, fails both comparisons.
  const bool fits = *wide >= -9.0e15 && *wide <= 9.0e15;
  if (!fits) return std::nullopt;
  const auto whole = static_cast<std::int64_t>(*wide);
  if (static_cast<double>(whole) != *wide) return std::nullopt;
  if (whole < 0 && std::is_unsigned_v<T>) return std::nullopt;
  return static_cast<T>(whole);
}

// A number's text, which the mapping may put into a string; "" for all else.
std::string_view digits_of(const Value& value) {
  if (value.type() == Type::kNumber) return value.raw();
  return value.is_string() ? value.text() : std::string_view();
}

}  // namespace

bool is_field(std::string_view key, std::string_view snake) {
  if (key == snake) return true;
  if (key.size() >= snake.size() || key.empty() || key[0] != snake[0]) return false;
  std::size_t i = 0;
  for (std::size_t j = 0; j < snake.size(); ++j, ++i) {
    if (i == key.size()) return false;
    char expected = snake[j];
    if (expected == '_' && j + 1 < snake.size()) {
      expected = snake[++j];
      if (expected >= 'a' && expected <= 'z') expected = static_cast<char>(expected - 'a' + 'A');
    }
    if (key[i] != expected) return false;
  }
  return i == key.size();
}

Type Value::type() const {
  if (document_ == nullptr) return Type::kAbsent;
  switch (document_->first(slot_)) {
    case '{':
      return Type::kObject;
    case '[':
      return Type::kArray;
    case '"':
      return Type::kString;
    case 't':
    case 'f':
      return Type::kBool;
    case 'n':
      return Type::kNull;
    default:
      return Type::kNumber;
  }
}

void Value::expected(Type type) const {
  if (!*this || document_->mismatches_.size() == Document::kMostMismatches) return;
  document_->mismatches_.try_emplace(slot_, type);
}

std::vector<Mismatch> mismatches(const Document& document) {
  std::vector<Mismatch> out;
  for (const auto& [slot, type] : document.mismatches_)
    out.push_back({Value(&document, slot), type});
  return out;
}

std::string_view type_name(Type type) {
  switch (type) {
    case Type::kAbsent:
      return "nothing";
    case Type::kNull:
      return "null";
    case Type::kBool:
      return "true or false";
    case Type::kNumber:
      return "a number";
    case Type::kString:
      return "a string";
    case Type::kArray:
      return "a list";
    case Type::kObject:
      return "an object";
  }
  return "nothing";
}

Value Value::get(std::string_view field) const {
  if (!is_object()) {
    expected(Type::kObject);
    return {};
  }
  const std::uint32_t end = document_->next(slot_);
  for (std::uint32_t key = slot_ + 2; key < end; key = document_->next(key + 1)) {
    if (!document_->key_is_field(key, field)) continue;
    const Value value(document_, key + 1);
    return value ? value : Value();
  }
  return {};
}

Value Value::at(std::string_view wanted) const {
  if (!is_object()) {
    expected(Type::kObject);
    return {};
  }
  const std::uint32_t end = document_->next(slot_);
  for (std::uint32_t key = slot_ + 2; key < end; key = document_->next(key + 1)) {
    if (document_->key_is(key, wanted)) return {document_, key + 1};
  }
  return {};
}

std::optional<std::string_view> Value::string() const {
  if (is_string()) {
    if (const auto text = document_->decode_string(slot_)) return text;
  }
  expected(Type::kString);
  return std::nullopt;
}

std::string_view Value::string_or(std::string_view otherwise) const {
  return string().value_or(otherwise);
}

std::optional<bool> Value::boolean() const {
  if (type() == Type::kBool) return document_->first(slot_) == 't';
  expected(Type::kBool);
  return std::nullopt;
}

bool Value::boolean_or(bool otherwise) const { return boolean().value_or(otherwise); }

std::int64_t Value::integer_or(std::int64_t otherwise) const {
  return integer().value_or(otherwise);
}

std::optional<std::int64_t> Value::integer() const {
  const auto whole = parse_whole<std::int64_t>(digits_of(*this));
  if (!whole) expected(Type::kNumber);
  return whole;
}

std::optional<std::uint64_t> Value::unsigned_integer() const {
  const auto whole = parse_whole<std::uint64_t>(digits_of(*this));
  if (!whole) expected(Type::kNumber);
  return whole;
}

std::optional<double> Value::number() const {
  const auto number = parse_all<double>(digits_of(*this));
  if (!number) expected(Type::kNumber);
  return number;
}

Members Value::members() const {
  Members members;
  if (!is_object()) return members;
  members.document_ = document_;
  members.begin_ = slot_ + 2;
  members.end_ = document_->next(slot_);
  return members;
}

Elements Value::elements() const {
  if (!is_array()) {
    expected(Type::kArray);
    return {};
  }
  return {document_, slot_ + 2, document_->next(slot_)};
}

std::size_t Value::size() const {
  if (!is_object()) return elements().size();
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& member : members()) ++count;
  return count;
}

bool Value::empty() const {
  if (document_ == nullptr) return true;
  if (!document_->is_container(slot_)) {
    expected(Type::kArray);
    return true;
  }
  return document_->next(slot_) == slot_ + 2;
}

std::string_view Value::raw() const {
  if (document_ == nullptr) return {};
  const std::size_t begin = document_->offset(slot_);
  return document_->text().substr(begin, document_->end_offset(slot_) - begin);
}

std::size_t Value::offset() const { return document_ == nullptr ? 0 : document_->offset(slot_); }

Member Members::Iterator::operator*() const {
  // A key with a broken escape is shown as it is written.
  return {document_->decode_string(slot_).value_or(document_->quoted(slot_)),
          Value(document_, slot_ + 1)};
}

Members::Iterator& Members::Iterator::operator++() {
  slot_ = document_->next(slot_ + 1);
  return *this;
}

std::size_t Elements::size() const {
  std::size_t count = 0;
  for (std::uint32_t slot = begin_; slot < end_; slot = document_->next(slot)) ++count;
  return count;
}

Elements::Iterator& Elements::Iterator::operator++() {
  slot_ = document_->next(slot_);
  return *this;
}

Position position_of(const Value& value) {
  if (value.document() == nullptr) return {};
  return value.document()->position(value.offset());
}

std::string pointer_of(const Value& value) {
  if (value.document() == nullptr) return {};
  return value.document()->pointer(value.slot_);
}

}  // namespace xdscope::json
