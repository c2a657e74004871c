// The stream's random number as far as the choices made so far pin it down. Envoy draws one number
// a request: a runtime_fraction of 30 % and the weighted clusters behind it are correlated.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace xdscope::trace {

class RandomSet {
 public:
  RandomSet() = default;
  // Exactly this number.
  explicit RandomSet(std::optional<std::uint64_t> value) : value_(value) {}

  // Those numbers of the set for which number % modulus lies in [begin, end).
  RandomSet with(std::uint64_t modulus, std::uint64_t begin, std::uint64_t end) const;
  // The part of all numbers that is in the set, 0 to 1.
  double share() const;
  bool empty() const { return empty_ || share() <= 0; }

 private:
  struct Interval {
    std::uint64_t modulus = 1;
    std::uint64_t begin = 0;
    std::uint64_t end = 1;
    double part() const { return static_cast<double>(end - begin) / static_cast<double>(modulus); }
  };
  std::optional<std::uint64_t> value_;
  std::vector<Interval> intervals_;  // of different moduli
  bool empty_ = false;
};

}  // namespace xdscope::trace
