// JSON text under construction, with its count of lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/buffer.h"

namespace xdscope {

// Appends to a Buffer. Where memory is refused, further output is dropped and failed() is true.
class JsonOutput {
 public:
  explicit JsonOutput(std::size_t expected_size) { ensure(expected_size); }

  bool failed() const { return failed_; }
  std::size_t size() const { return size_; }
  std::string_view view() const { return {buffer_.data(), size_}; }
  // Lines begun so far, from 0.
  std::size_t line() const { return line_; }

  void put(char c) {
    if (ensure(1)) buffer_.data()[size_++] = c;
  }
  void append(std::string_view text);
  // A string literal with its quotes; `text` must be UTF-8.
  void string(std::string_view text);
  // Ends lines until `line` is reached; nothing where it has been passed.
  void advance_to_line(std::size_t line);
  // Appends a part of this text again, on the current line.
  void repeat(std::size_t begin, std::size_t end);
  // Drops everything from `size` on, where the text had `line` lines.
  void truncate(std::size_t size, std::size_t line) {
    size_ = size;
    line_ = line;
  }

  Buffer take();

 private:
  bool ensure(std::size_t more) { return buffer_.capacity() - size_ >= more || grow(more); }
  bool grow(std::size_t more);

  Buffer buffer_;
  std::size_t size_ = 0;
  std::size_t line_ = 0;
  bool failed_ = false;
};

}  // namespace xdscope
