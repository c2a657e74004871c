#include "json/structure.h"

#include <cctype>
#include <deque>

#include <fmt/format.h>

namespace xdscope::json {
namespace {

bool ends_scalar(char c) {
  switch (c) {
    case ' ':
    case '\t':
    case '\n':
    case '\r':
    case ',':
    case ':':
    case ']':
    case '}':
    case '[':
    case '{':
      return true;
    default:
      return false;
  }
}

bool digit(char c) { return c >= '0' && c <= '9'; }

// RFC 8259, section 6.
bool is_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && digit(text[i])) ++i;
    return i > start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool leading_zero = i < text.size() && text[i] == '0';
  const std::size_t first = i;
  if (!digits() || (leading_zero && i - first > 1)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

std::string_view scalar_at(std::string_view text, std::size_t offset) {
  std::size_t end = offset;
  while (end < text.size() && !ends_scalar(text[end])) ++end;
  return text.substr(offset, end - offset);
}

bool is_scalar(std::string_view text, std::size_t offset) {
  switch (text[offset]) {
    case '"':
      return true;  // the first stage has paired the quotes
    case 't':
      return scalar_at(text, offset) == "true";
    case 'f':
      return scalar_at(text, offset) == "false";
    case 'n':
      return scalar_at(text, offset) == "null";
    default:
      return is_number(scalar_at(text, offset));
  }
}

std::string describe(std::string_view text, std::size_t offset) {
  const unsigned char c = static_cast<unsigned char>(text[offset]);
  if (std::isalnum(c) != 0) return fmt::format("'{}'", scalar_at(text, offset).substr(0, 20));
  if (std::isprint(c) == 0) return "an unprintable character";
  return fmt::format("'{}'", text[offset]);
}

class Walker {
 public:
  Walker(std::string_view text, std::span<std::uint32_t> indexes, std::size_t capacity,
         std::size_t max_depth)
      : text_(text),
        slots_(indexes.data()),
        count_(static_cast<std::uint32_t>(indexes.size())),
        capacity_(capacity),
        max_depth_(max_depth) {
    open_.reserve(max_depth);
  }

  bool walk();
  StructureError error() { return std::move(error_); }
  Structure structure() { return {std::move(roots_), written_}; }

 private:
  // The next structural character; false at the end.
  bool take() {
    if (!ahead_.empty()) {
      at_ = ahead_.front();
      ahead_.pop_front();
      return true;
    }
    if (read_ == count_) return false;
    at_ = slots_[read_++];
    return true;
  }

  // Opening brackets take two slots, so that writing may overtake reading: what would be
  // overwritten is read ahead. The lead is at most one slot for each open container.
  bool put(std::uint32_t value) {
    if (written_ == read_ && read_ < count_) ahead_.push_back(slots_[read_++]);
    if (written_ >= capacity_) return false;
    slots_[written_++] = value;
    return true;
  }

  char current() const { return text_[at_]; }
  bool value(bool& opened);
  bool key();
  bool open();
  void close() {
    slots_[open_.back() + 1] = written_;
    open_.pop_back();
  }
  bool in_object() const { return text_[slots_[open_.back()]] == '{'; }
  bool stop(std::string expected) {
    error_ = {at_, "expected " + std::move(expected) + ", found " + describe(text_, at_)};
    return false;
  }
  bool cut_off() {
    error_ = {text_.size(),
              "the text ends with " + std::to_string(open_.size()) + " brackets still open", true};
    return false;
  }

  std::string_view text_;
  std::uint32_t* slots_;
  std::uint32_t count_;
  std::size_t capacity_;
  std::size_t max_depth_;
  std::uint32_t read_ = 0;
  std::uint32_t written_ = 0;
  std::uint32_t at_ = 0;
  std::deque<std::uint32_t> ahead_;
  std::vector<std::uint32_t> open_;
  std::vector<std::uint32_t> roots_;
  StructureError error_;
};

bool Walker::open() {
  if (open_.size() == max_depth_) {
    error_ = {at_, "nested deeper than " + std::to_string(max_depth_) + " levels"};
    return false;
  }
  open_.push_back(written_);
  return (put(at_) && put(0)) || cut_off();
}

bool Walker::key() {
  if (current() != '"') return stop("a key in quotes");
  if (!put(at_)) return cut_off();
  if (!take()) return cut_off();
  if (current() != ':') return stop("':' after a key");
  return take() || cut_off();
}

// Reads the value at the current character; `opened` when it was a bracket with contents, whose
// first value is then current.
bool Walker::value(bool& opened) {
  opened = false;
  const char c = current();
  if (c == '{' || c == '[') {
    if (!open()) return false;
    if (!take()) return cut_off();
    if (current() == (c == '{' ? '}' : ']')) {
      close();
      return true;
    }
    opened = true;
    return c == '[' || key();
  }
  if (c == '}' || c == ']' || c == ',' || c == ':' || !is_scalar(text_, at_)) {
    if (c != '}' && c != ']' && c != ',' && c != ':' &&
        at_ + scalar_at(text_, at_).size() == text_.size() && !open_.empty()) {
      return cut_off();
    }
    return stop("a value");
  }
  return put(at_) || cut_off();
}

bool Walker::walk() {
  while (take()) {
    roots_.push_back(written_);
    bool opened = false;
    if (!value(opened)) return false;
    while (!open_.empty()) {
      if (opened) {
        if (!value(opened)) return false;
        continue;
      }
      if (!take()) return cut_off();
      const char c = current();
      if (c == ',') {
        if (!take()) return cut_off();
        if (in_object() && !key()) return false;
        opened = true;
      } else if (c == (in_object() ? '}' : ']')) {
        close();
      } else {
        return stop(in_object() ? "',' or '}'" : "',' or ']'");
      }
    }
  }
  return true;
}

}  // namespace

std::expected<Structure, StructureError> compact_structure(std::string_view text,
                                                           std::span<std::uint32_t> indexes,
                                                           std::size_t capacity,
                                                           std::size_t max_depth) {
  Walker walker(text, indexes, capacity, max_depth);
  if (!walker.walk()) return std::unexpected(walker.error());
  return walker.structure();
}

}  // namespace xdscope::json
