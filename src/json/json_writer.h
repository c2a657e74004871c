// JSON text as istioctl lays it out: four spaces of indentation, `{}` and `[]` for what is empty.
#pragma once

#include <cstddef>

#include "json/text_sink.h"
#include "json/writer.h"

namespace xdscope::json {

struct JsonStyle {
  std::size_t indent = 4;
  // `<`, `>` and `&` as \u003c, \u003e, \u0026. istioctl does so in lists (clusters, listeners,
  // routes), not in single messages (bootstrap, secrets); parsed, both are the same.
  bool escape_html = false;
};

// Each top-level value ends with a line break. Control characters are escaped, DEL and U+0080 to
// U+009F as well, so that no name can speak to a terminal; so are U+2028 and U+2029.
class JsonWriter : public Writer {
 public:
  explicit JsonWriter(TextSink& sink, JsonStyle style = {}) : sink_(sink), style_(style) {}

  void begin_object() override { begin('{'); }
  void end_object() override { end('}'); }
  void begin_array() override { begin('['); }
  void end_array() override { end(']'); }
  void key(std::string_view name) override;
  void string(std::string_view text) override;
  void raw(std::string_view scalar_json) override;

 private:
  void begin(char bracket);
  void end(char bracket);
  void before_value();
  void after_value();
  void new_line();
  void quote(std::string_view text);

  TextSink& sink_;
  JsonStyle style_;
  std::size_t depth_ = 0;
  bool empty_ = true;       // nothing yet in the innermost container
  bool after_key_ = false;  // the next value belongs to a key
};

}  // namespace xdscope::json
