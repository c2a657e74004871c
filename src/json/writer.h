// What JSON-shaped output is written to, whatever its syntax: events in document order.
#pragma once

#include <string_view>

namespace xdscope::json {

// Receives one value after another. Inside an object every value follows its key(). The caller
// keeps the events balanced; several values at the top level are several documents. The views need
// to live only for the call.
class Writer {
 public:
  virtual ~Writer() = default;

  virtual void begin_object() = 0;
  virtual void end_object() = 0;
  virtual void begin_array() = 0;
  virtual void end_array() = 0;
  // A member's name, decoded (no quotes, no escapes).
  virtual void key(std::string_view name) = 0;
  // A string, decoded.
  virtual void string(std::string_view text) = 0;
  // A number, true, false or null as JSON text.
  virtual void raw(std::string_view scalar_json) = 0;
};

}  // namespace xdscope::json
