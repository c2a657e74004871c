#include "json/text_sink.h"

namespace xdscope::json {

TextSink::~TextSink() { pass_on(); }

bool TextSink::flush() {
  pass_on();
  if (file_ != nullptr && std::fflush(file_) != 0) failed_ = true;
  return !failed_;
}

void TextSink::pass_on() {
  if (file_ == nullptr) return;
  if (!failed_ && std::fwrite(text_.data(), 1, text_.size(), file_) != text_.size()) {
    failed_ = true;
  }
  text_.clear();
}

}  // namespace xdscope::json
