// Where writers append their text: kept in memory, or passed on to a file in large blocks.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace xdscope::json {

class TextSink {
 public:
  // Keeps everything; see text().
  TextSink() = default;
  // Passes blocks on to `file`, which stays the caller's; the rest at flush() or destruction.
  explicit TextSink(std::FILE* file) : file_(file) {}
  ~TextSink();
  TextSink(const TextSink&) = delete;
  TextSink& operator=(const TextSink&) = delete;

  void append(std::string_view text) {
    text_.append(text);
    if (text_.size() >= kBlock) pass_on();
  }
  void append(char c) { text_.push_back(c); }
  void append(std::size_t count, char c) { text_.append(count, c); }

  // False where a write to the file has failed, now or before; later text is dropped then.
  [[nodiscard]] bool flush();
  // What was kept: everything without a file, the part not yet passed on with one.
  const std::string& text() const { return text_; }

 private:
  static constexpr std::size_t kBlock = 1 << 18;
  void pass_on();

  std::FILE* file_ = nullptr;
  std::string text_;
  bool failed_ = false;
};

}  // namespace xdscope::json
