#include "base/memory_limit.h"

#include <algorithm>
#include <atomic>
#include <mutex>

#include <sys/resource.h>

namespace xdscope {
namespace {

class Limit {
 public:
  Limit() {
    if (getrlimit(RLIMIT_DATA, &before_) != 0) before_ = {RLIM_INFINITY, RLIM_INFINITY};
  }

  void set(std::uint64_t bytes, unsigned per_input_byte) {
    const std::lock_guard lock(mutex_);
    bytes_ = most_ = bytes;
    per_input_byte_ = per_input_byte;
    is_set_ = bytes != 0;
    apply();
  }
  void count(std::int64_t input) {
    if (per_input_byte_ == 0) return;
    const std::lock_guard lock(mutex_);
    bytes_ += static_cast<std::uint64_t>(input * per_input_byte_);
    most_ = std::max(most_, bytes_);
    apply();
  }
  std::uint64_t most() {
    const std::lock_guard lock(mutex_);
    return most_;
  }
  // Called where a lock may be held by a thread that is not there any more.
  void lift() const {
    if (is_set_) setrlimit(RLIMIT_DATA, &before_);
  }

 private:
  void apply() const {
    const rlimit value{std::min<rlim_t>(bytes_ == 0 ? RLIM_INFINITY : bytes_, before_.rlim_cur),
                       before_.rlim_max};
    setrlimit(RLIMIT_DATA, &value);
  }

  rlimit before_{};
  std::mutex mutex_;
  std::uint64_t bytes_ = 0;
  std::uint64_t most_ = 0;
  std::atomic<std::int64_t> per_input_byte_ = 0;
  std::atomic<bool> is_set_ = false;
};

Limit& limit() {
  static Limit limit;
  return limit;
}

}  // namespace

void limit_memory(std::uint64_t base, unsigned per_input_byte) {
  if (kCanLimitMemory) limit().set(base, per_input_byte);
}

std::uint64_t memory_limit() { return limit().most(); }

void count_input(std::int64_t bytes) { limit().count(bytes); }

void lift_memory_limit() { limit().lift(); }

}  // namespace xdscope
