#include "base/buffer.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include <sys/mman.h>

#include "base/memory_limit.h"

namespace xdscope {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kPage = 4096;

std::size_t round_up(std::size_t value, std::size_t unit) {
  return (value + unit - 1) / unit * unit;
}

}  // namespace

Buffer::Buffer(std::string_view copy_of) {
  if (reserve(copy_of.size())) {
    std::ranges::copy(copy_of, data_);
    set_size(copy_of.size());
  }
}

Buffer::~Buffer() {
  if (data_ == nullptr) return;
  munmap(data_, mapped_);
  count_input(-static_cast<std::int64_t>(mapped_));
}

void Buffer::swap(Buffer& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
  std::swap(mapped_, other.mapped_);
}

std::optional<Buffer> Buffer::map(int descriptor, std::size_t size) {
  constexpr std::size_t kWorthIt = std::size_t{4} << 20;
  const std::size_t in_last_page = size % kPage;
  if (size < kWorthIt || in_last_page == 0 || in_last_page > kPage - kTail) return std::nullopt;
  const std::size_t mapped = round_up(size, kPage);
  count_input(static_cast<std::int64_t>(mapped));
  void* memory = mmap(nullptr, mapped, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
  if (memory == MAP_FAILED) {
    count_input(-static_cast<std::int64_t>(mapped));
    return std::nullopt;
  }
  Buffer buffer;
  buffer.data_ = static_cast<char*>(memory);
  buffer.mapped_ = mapped;
  buffer.capacity_ = mapped - kTail;
  // The kernel fills the rest of the last page with zeros: the tail.
  buffer.size_ = size;
  return buffer;
}

bool Buffer::reserve(std::size_t capacity) {
  if (data_ != nullptr && capacity <= capacity_) return true;
  const std::size_t unit = capacity >= 4 * kHugePage ? kHugePage : kPage;
  const std::size_t wanted = round_up(capacity + kTail, unit);
  const auto more = static_cast<std::int64_t>(wanted - mapped_);
  count_input(more);
  void* memory = data_ == nullptr ? mmap(nullptr, wanted, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                  : mremap(data_, mapped_, wanted, MREMAP_MAYMOVE);
  if (memory == MAP_FAILED) {
    count_input(-more);
    return false;
  }
  data_ = static_cast<char*>(memory);
  mapped_ = wanted;
  capacity_ = wanted - kTail;
  if (unit == kHugePage) madvise(data_, mapped_, MADV_HUGEPAGE);
  return true;
}

void Buffer::set_size(std::size_t size) {
  size_ = std::min(size, capacity_);
  if (data_ != nullptr) std::memset(data_ + size_, 0, kTail);
}

bool Buffer::append(std::string_view bytes) {
  if (bytes.size() > capacity_ - size_ &&
      !reserve(std::max(size_ + bytes.size(), size_ + size_ / 2))) {
    return false;
  }
  if (data_ == nullptr) return bytes.empty();
  std::ranges::copy(bytes, data_ + size_);
  set_size(size_ + bytes.size());
  return true;
}

}  // namespace xdscope
