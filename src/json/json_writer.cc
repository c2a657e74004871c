#include "json/json_writer.h"

#include <array>

namespace xdscope::json {
namespace {

// What a byte may need: kC2 and kE2 begin characters of which some are escaped.
enum : unsigned char { kPlain, kEscape, kHtml, kC2, kE2 };

constexpr auto kClasses = [] {
  std::array<unsigned char, 256> classes{};
  for (std::size_t c = 0; c < 0x20; ++c) classes[c] = kEscape;
  classes['"'] = classes['\\'] = classes[0x7f] = kEscape;
  classes['<'] = classes['>'] = classes['&'] = kHtml;
  classes[0xc2] = kC2;
  classes[0xe2] = kE2;
  return classes;
}();

unsigned char byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

// Line and paragraph separators, and what changes the direction of text, at the byte 0xe2 of
// text[i]; 0 for all others.
unsigned steering_code_point(std::string_view text, std::size_t i) {
  const unsigned second = byte_at(text, i + 1);
  const unsigned third = byte_at(text, i + 2);
  if (second != 0x80 && second != 0x81) return 0;
  const unsigned c = 0x2000u + ((second & 1u) << 6) + (third & 0x3fu);
  const bool steers =
      c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  return steers && third >> 6 == 2 ? c : 0;
}

void append_code_point(TextSink& sink, unsigned code_point) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const char escape[] = {'\\',
                         'u',
                         kDigits[code_point >> 12 & 15],
                         kDigits[code_point >> 8 & 15],
                         kDigits[code_point >> 4 & 15],
                         kDigits[code_point & 15]};
  sink.append({escape, sizeof escape});
}

void append_escape(TextSink& sink, unsigned char c) {
  switch (c) {
    case '"':
      return sink.append("\\\"");
    case '\\':
      return sink.append("\\\\");
    case '\b':
      return sink.append("\\b");
    case '\f':
      return sink.append("\\f");
    case '\n':
      return sink.append("\\n");
    case '\r':
      return sink.append("\\r");
    case '\t':
      return sink.append("\\t");
    default:
      return append_code_point(sink, c);
  }
}

}  // namespace

void JsonWriter::key(std::string_view name) {
  if (!empty_) sink_.append(',');
  new_line();
  quote(name);
  sink_.append(": ");
  empty_ = false;
  after_key_ = true;
}

void JsonWriter::string(std::string_view text) {
  before_value();
  quote(text);
  after_value();
}

void JsonWriter::raw(std::string_view scalar_json) {
  before_value();
  sink_.append(scalar_json);
  after_value();
}

void JsonWriter::begin(char bracket) {
  before_value();
  sink_.append(bracket);
  ++depth_;
  empty_ = true;
}

void JsonWriter::end(char bracket) {
  --depth_;
  if (!empty_) new_line();
  sink_.append(bracket);
  after_value();
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
  } else if (depth_ > 0) {
    if (!empty_) sink_.append(',');
    new_line();
  }
}

void JsonWriter::after_value() {
  empty_ = false;
  if (depth_ == 0) sink_.append("\n");
}

void JsonWriter::new_line() {
  sink_.append('\n');
  sink_.append(depth_ * style_.indent, ' ');
}

void JsonWriter::quote(std::string_view text) {
  sink_.append('"');
  std::size_t plain = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    const auto c = static_cast<unsigned char>(text[i]);
    const unsigned char kind = kClasses[c];
    std::size_t width = 0;
    unsigned code_point = 0;
    if (kind == kPlain || (kind == kHtml && !style_.escape_html)) {
      ++i;
      continue;
    }
    if (kind == kEscape || kind == kHtml) {
      width = 1;
    } else if (kind == kC2 && byte_at(text, i + 1) >= 0x80 && byte_at(text, i + 1) < 0xa0) {
      width = 2;
      code_point = byte_at(text, i + 1);
    } else if (const unsigned steering = kind == kE2 ? steering_code_point(text, i) : 0) {
      width = 3;
      code_point = steering;
    } else {
      ++i;
      continue;
    }
    sink_.append(text.substr(plain, i - plain));
    if (width == 1) {
      append_escape(sink_, c);
    } else {
      append_code_point(sink_, code_point);
    }
    i += width;
    plain = i;
  }
  sink_.append(text.substr(plain));
  sink_.append('"');
}

}  // namespace xdscope::json
