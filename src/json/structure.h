// The grammar of JSON over simdjson's structural characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xdscope::json {

struct StructureError {
  std::size_t offset = 0;
  std::string message;
  // The text is well-formed up to its end, which comes too early.
  bool truncated = false;
};

struct Structure {
  std::vector<std::uint32_t> roots;  // the slots of the root values
  std::uint32_t slots = 0;           // how many were written
};

// Checks that the structural characters at `indexes` (ascending offsets into `text`) form JSON
// values, and rewrites the array in place into slots (see Document): commas, colons and closing
// brackets go, each opening bracket gains the slot after its last descendant. The array must have
// room for `capacity` slots.
std::expected<Structure, StructureError> compact_structure(std::string_view text,
                                                           std::span<std::uint32_t> indexes,
                                                           std::size_t capacity,
                                                           std::size_t max_depth);

}  // namespace xdscope::json
