#include "json/structural_reader.h"

#include <algorithm>
#include <cstring>

#include <simdjson.h>

namespace xdscope::json {
namespace {

bool utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

// simdjson says that bytes are wrong, not where: the first line that is no UTF-8 by itself.
std::size_t find_bad_utf8(std::string_view text, std::size_t from) {
  for (std::size_t begin = from; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (!utf8(text.substr(begin, end - begin))) return begin;
    begin = end + 1;
  }
  return from;
}

// The same of a control character; `from` lies outside all strings.
std::size_t find_control_character(std::string_view text, std::size_t from) {
  bool in_string = false;
  for (std::size_t i = from; i < text.size(); ++i) {
    if (text[i] == '"') in_string = !in_string;
    if (in_string && text[i] == '\\') ++i;
    if (i < text.size() && in_string && static_cast<unsigned char>(text[i]) < 0x20) return i;
  }
  return from;
}

}  // namespace

struct StructuralReader::Stage {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;

  // Whether there is room for a window of that size.
  bool fit(std::size_t size, std::size_t at_least) {
    if (parser != nullptr && parser->capacity() >= size) return true;
    parser.reset();
    return simdjson::get_active_implementation()->create_dom_parser_implementation(
               std::max(size, at_least), 1, parser) == simdjson::SUCCESS;
  }
  simdjson::error_code run(std::string_view text) {
    return parser->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                          simdjson::stage1_mode::regular);
  }
};

StructuralReader::StructuralReader(std::string_view text, std::size_t window)
    : text_(text), window_(std::max<std::size_t>(window, 1)), stage_(std::make_unique<Stage>()) {}

StructuralReader::~StructuralReader() = default;

// A place outside of scalars, and outside of strings if that can be had: a line never ends inside a
// string of JSON.
std::size_t StructuralReader::window_end() const {
  if (text_.size() - begin_ <= window_) return text_.size();
  const std::size_t wanted = begin_ + window_;
  const std::string_view near = text_.substr(wanted, 4096);
  if (const auto line = near.find('\n'); line != std::string_view::npos) return wanted + line + 1;
  if (const auto entry = near.find("},"); entry != std::string_view::npos)
    return wanted + entry + 2;
  return std::min(text_.find_first_of("\",:[]{} \t\r\n", wanted), text_.size());
}

// One past the quote that ends the string around `from`.
std::expected<std::size_t, StructureError> StructuralReader::end_of_string(std::size_t from) const {
  for (std::size_t quote = from; (quote = text_.find('"', quote)) != std::string_view::npos;
       ++quote) {
    std::size_t escapes = 0;
    while (escapes < quote - begin_ && text_[quote - escapes - 1] == '\\') ++escapes;
    if (escapes % 2 == 0) return quote + 1;
  }
  return std::unexpected(error(simdjson::UNCLOSED_STRING));
}

StructureError StructuralReader::error(int code) const {
  using enum StructureError::Kind;
  switch (code) {
    case simdjson::UTF8_ERROR:
      return {kNotJson, find_bad_utf8(text_, begin_), "not valid UTF-8"};
    case simdjson::UNESCAPED_CHARS:
      return {kNotJson, find_control_character(text_, begin_),
              "a control character inside a string"};
    case simdjson::UNCLOSED_STRING:
      return {kCutOff, text_.size(), "the text ends inside a string"};
    case simdjson::MEMALLOC:
      return {kMemory, begin_, "not enough memory to read the text"};
    default:
      return {kNotJson, begin_, simdjson::error_message(static_cast<simdjson::error_code>(code))};
  }
}

std::expected<StructuralReader::Window, StructureError> StructuralReader::next() {
  std::size_t end = begin_;
  bool in_string = false;
  while (begin_ < text_.size()) {
    if (in_string) {
      const auto closed = end_of_string(end);
      if (!closed) return std::unexpected(closed.error());
      end = *closed;
    } else {
      end = window_end();
    }
    const std::string_view text = text_.substr(begin_, end - begin_);
    if (!stage_->fit(text.size(), window_ + 4096)) {
      return std::unexpected(error(simdjson::MEMALLOC));
    }
    const auto code = stage_->run(text);
    if (code == simdjson::UNCLOSED_STRING && !in_string) {
      in_string = true;
      continue;
    }
    if (code == simdjson::EMPTY) {
      begin_ = end;
      in_string = false;
      continue;
    }
    if (code != simdjson::SUCCESS) return std::unexpected(error(code));
    const auto& found = *stage_->parser;
    const Window window{begin_, {found.structural_indexes.get(), found.n_structural_indexes}};
    begin_ = end;
    return window;
  }
  return Window{begin_, {}};
}

}  // namespace xdscope::json
