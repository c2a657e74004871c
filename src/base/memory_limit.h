// A limit on the memory of the whole process, for a program that reads what it does not trust. Off
// until it is asked for: a library has no say in its host's memory. Where memory is refused, it is
// refused as anywhere: std::bad_alloc, or what a function says of it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace xdscope {

// The address sanitizer's shadow memory is larger than any limit. GCC has the macro, clang the
// feature.
#if defined(__SANITIZE_ADDRESS__)
inline constexpr bool kCanLimitMemory = false;
#elif defined(__has_feature)
inline constexpr bool kCanLimitMemory = !__has_feature(address_sanitizer);
#else
inline constexpr bool kCanLimitMemory = true;
#endif

// From now on `base` bytes, and `per_input_byte` more for each byte of input that comes; no limit
// where both are 0. Files that are mapped to be read do not count as memory.
void limit_memory(std::uint64_t base, unsigned per_input_byte);
// The highest limit that there was, in bytes; 0 for none.
std::uint64_t memory_limit();

// Input is about to take so many bytes more, or takes so many less. From any thread.
void count_input(std::int64_t bytes);

// For a child process between fork and exec: what it may take is its own affair.
void lift_memory_limit();

}  // namespace xdscope
