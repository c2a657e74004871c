// What every fuzzer has: the function that libFuzzer calls, and the replay of fixed cases.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace xdscope::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// Ends the program, for what no input may bring about.
void require(bool holds, const char* what);

// Whatever is printed comes from here, so that no output is optimised away: no control characters
// of the input may reach a terminal.
void printed(std::string_view text);

}  // namespace xdscope::fuzz
