#include "json/structure.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

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
  Walker(std::string_view text, std::span<std::uint32_t> slots, const StructureLimits& limits)
      : text_(text), slots_(slots), max_depth_(limits.depth), reader_(text, limits.window) {
    open_.reserve(max_depth_);
  }

  // False where there is an error.
  bool walk();
  StructureError error() { return std::move(*error_); }
  std::uint32_t written() const { return written_; }

 private:
  // The next structural character; false at the end, and where the text is broken.
  bool take() {
    if (next_ == window_.offsets.size() && !read_on()) return false;
    at_ = static_cast<std::uint32_t>(window_.begin) + window_.offsets[next_++];
    return true;
  }
  bool read_on();

  bool put(std::uint32_t value) {
    if (written_ == slots_.size()) return too_many();
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

  bool stop(StructureError error) {
    if (!error_) error_ = std::move(error);
    return false;
  }
  bool found_instead_of(std::string_view expected) {
    return stop({StructureError::Kind::kNotJson, at_,
                 fmt::format("expected {}, found {}", expected, describe(text_, at_))});
  }
  bool cut_off() {
    return stop({StructureError::Kind::kCutOff, text_.size(),
                 fmt::format("the text ends with {} brackets still open", open_.size())});
  }
  bool too_many() {
    return stop({StructureError::Kind::kLimit, at_,
                 fmt::format("more than {} values and keys in a text of {} bytes", slots_.size(),
                             text_.size())});
  }

  std::string_view text_;
  std::span<std::uint32_t> slots_;
  std::size_t max_depth_;
  StructuralReader reader_;
  StructuralReader::Window window_;
  std::size_t next_ = 0;
  std::uint32_t written_ = 0;
  std::uint32_t at_ = 0;
  std::vector<std::uint32_t> open_;
  std::optional<StructureError> error_;
};

bool Walker::read_on() {
  auto window = reader_.next();
  if (!window) return stop(std::move(window.error()));
  window_ = *window;
  next_ = 0;
  return !window_.offsets.empty();
}

bool Walker::open() {
  if (open_.size() == max_depth_) {
    return stop({StructureError::Kind::kLimit, at_,
                 fmt::format("nested deeper than {} levels", max_depth_)});
  }
  open_.push_back(written_);
  return put(at_) && put(0);
}

bool Walker::key() {
  if (current() != '"') return found_instead_of("a key in quotes");
  if (!put(at_)) return false;
  if (!take()) return cut_off();
  if (current() != ':') return found_instead_of("':' after a key");
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
    return found_instead_of("a value");
  }
  return put(at_);
}

bool Walker::walk() {
  while (take()) {
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
        return found_instead_of(in_object() ? "',' or '}'" : "',' or ']'");
      }
    }
  }
  return !error_;
}

}  // namespace

std::expected<Structure, StructureError> find_structure(std::string_view text,
                                                        const StructureLimits& limits) {
  Structure out;
  // No memory is touched before a slot is written.
  const auto allocate = [&](std::size_t count) {
    return static_cast<std::uint32_t*>(
        std::realloc(out.slots.get(), std::max<std::size_t>(count, 1) * sizeof(std::uint32_t)));
  };
  out.slots.reset(allocate(limits.slots));
  if (out.slots == nullptr) {
    return std::unexpected(
        StructureError{StructureError::Kind::kMemory, 0, "not enough memory to read the text"});
  }
  Walker walker(text, {out.slots.get(), limits.slots}, limits);
  if (!walker.walk()) return std::unexpected(walker.error());
  out.size = walker.written();
  if (std::uint32_t* kept = allocate(out.size)) {
    static_cast<void>(out.slots.release());
    out.slots.reset(kept);
  }
  return out;
}

}  // namespace xdscope::json
