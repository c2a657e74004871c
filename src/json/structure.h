// The grammar of JSON over simdjson's structural characters.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <expected>
#include <memory>
#include <string_view>

#include "json/structural_reader.h"

namespace xdscope::json {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
// From malloc(), which alone can give back what was not used.
using Slots = std::unique_ptr<std::uint32_t[], Free>;

// The slots of a text (see Document), each root value's behind the one before.
struct Structure {
  Slots slots;
  std::uint32_t size = 0;
};

struct StructureLimits {
  std::size_t depth = 1000;
  std::size_t slots = 0;  // address space for so many is taken, memory for those that there are
  std::size_t window = StructuralReader::kWindow;
};

// Checks that the text is JSON values, one after another, and finds the places that lead to them.
std::expected<Structure, StructureError> find_structure(std::string_view text,
                                                        const StructureLimits& limits);

}  // namespace xdscope::json
