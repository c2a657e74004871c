#include "input/json_output.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace xdscope {
namespace {

// 0 for what stands for itself, the letter after the backslash, or 'u' for four hexadecimal digits.
constexpr std::array<char, 256> kEscapes = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

constexpr std::size_t kLongestEscape = 6;

}  // namespace

bool JsonOutput::grow(std::size_t more) {
  if (failed_) return false;
  failed_ = !buffer_.reserve(std::max(size_ + more, size_ + size_ / 2));
  return !failed_;
}

void JsonOutput::append(std::string_view text) {
  if (text.empty() || !ensure(text.size())) return;
  std::memcpy(buffer_.data() + size_, text.data(), text.size());
  size_ += text.size();
}

void JsonOutput::string(std::string_view text) {
  if (!ensure(kLongestEscape * text.size() + 2)) return;
  char* out = buffer_.data() + size_;
  *out++ = '"';
  for (const char c : text) {
    const char escape = kEscapes[static_cast<unsigned char>(c)];
    if (escape == 0) [[likely]] {
      *out++ = c;
      continue;
    }
    *out++ = '\\';
    *out++ = escape;
    if (escape == 'u') {
      constexpr std::string_view kHex = "0123456789abcdef";
      *out++ = '0';
      *out++ = '0';
      *out++ = kHex[static_cast<unsigned char>(c) >> 4];
      *out++ = kHex[static_cast<unsigned char>(c) & 15];
    }
  }
  *out++ = '"';
  size_ = static_cast<std::size_t>(out - buffer_.data());
}

void JsonOutput::advance_to_line(std::size_t line) {
  if (line <= line_ || !ensure(line - line_)) return;
  std::memset(buffer_.data() + size_, '\n', line - line_);
  size_ += line - line_;
  line_ = line;
}

void JsonOutput::repeat(std::size_t begin, std::size_t end) {
  if (!ensure(end - begin)) return;
  const char* from = buffer_.data() + begin;
  const char* limit = buffer_.data() + end;
  char* out = std::remove_copy(from, limit, buffer_.data() + size_, '\n');
  size_ = static_cast<std::size_t>(out - buffer_.data());
}

Buffer JsonOutput::take() {
  buffer_.set_size(size_);
  return std::move(buffer_);
}

}  // namespace xdscope
