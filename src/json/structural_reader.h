// The structural characters of a text, window by window: the only user of simdjson's first stage,
// an internal interface of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace xdscope::json {

struct StructureError {
  enum class Kind {
    kNotJson,
    kCutOff,  // well-formed up to its end, which comes too early
    kLimit,   // JSON, but more than is read
    kMemory,
  };
  Kind kind = Kind::kNotJson;
  std::size_t offset = 0;
  std::string message;
};

// The first stage writes four bytes for each structural character. A window at a time, they stay in
// the processor's cache, and a text of nothing else takes no more memory than any other.
class StructuralReader {
 public:
  static constexpr std::size_t kWindow = std::size_t{256} << 10;

  // The text must outlive the reader. Windows grow beyond `window` bytes to the end of a string.
  explicit StructuralReader(std::string_view text, std::size_t window = kWindow);
  ~StructuralReader();

  struct Window {
    std::size_t begin = 0;                   // in the text
    std::span<const std::uint32_t> offsets;  // from there, ascending; valid until the next window
  };
  // The next window that has any; one without offsets at the end of the text. Brackets, commas,
  // colons, opening quotes and the first characters of all other scalars are structural.
  std::expected<Window, StructureError> next();

 private:
  std::size_t window_end() const;
  std::expected<std::size_t, StructureError> end_of_string(std::size_t from) const;
  StructureError error(int code) const;

  std::string_view text_;
  std::size_t window_;
  std::size_t begin_ = 0;
  struct Stage;
  std::unique_ptr<Stage> stage_;
};

}  // namespace xdscope::json
