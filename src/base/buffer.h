// Owned bytes with a readable tail, so that simdjson can parse them in place.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace xdscope {

// A growable block of bytes. `kTail` further zero bytes after size() are always readable. Large
// blocks ask the kernel for huge pages: filling 100 MB then costs a third.
class Buffer {
 public:
  static constexpr std::size_t kTail = 64;

  Buffer() = default;
  explicit Buffer(std::string_view copy_of);
  ~Buffer();
  Buffer(Buffer&& other) noexcept { swap(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    swap(other);
    return *this;
  }
  // The first `size` bytes of a file without a copy: a private mapping, which saves a third of the
  // time that a large dump takes; its bytes cannot be written. Nothing where it would not pay or
  // the file's last page has no room for the tail. Whoever cuts the file short meanwhile raises
  // SIGBUS in its reader.
  static std::optional<Buffer> map(int descriptor, std::size_t size);

  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  const char* data() const { return data_; }
  char* data() { return data_; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  std::string_view view() const { return {data_, size_}; }

  // Makes room for `capacity` bytes and the tail; false where memory is refused.
  [[nodiscard]] bool reserve(std::size_t capacity);
  // Sets the size, which must be at most capacity(), and clears the tail.
  void set_size(std::size_t size);
  [[nodiscard]] bool append(std::string_view bytes);

 private:
  void swap(Buffer& other) noexcept;

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t mapped_ = 0;
};

}  // namespace xdscope
