#include "trace/random_set.h"

#include <algorithm>
#include <numeric>

namespace xdscope::trace {
namespace {

// How many numbers of [begin, end) leave the remainder `remainder` when divided by `modulus`.
std::uint64_t count_remainders(std::uint64_t begin, std::uint64_t end, std::uint64_t modulus,
                               std::uint64_t remainder) {
  const auto below = [&](std::uint64_t limit) {
    return limit <= remainder ? 0 : (limit - remainder - 1) / modulus + 1;
  };
  return below(end) - below(begin);
}

}  // namespace

RandomSet RandomSet::with(std::uint64_t modulus, std::uint64_t begin, std::uint64_t end) const {
  RandomSet out = *this;
  end = std::min(end, modulus);
  if (value_) {
    const std::uint64_t remainder = *value_ % modulus;
    out.empty_ = empty_ || remainder < begin || remainder >= end;
    return out;
  }
  if (begin >= end) {
    out.empty_ = true;
    return out;
  }
  if (begin == 0 && end == modulus) return out;
  const auto same = std::ranges::find(out.intervals_, modulus, &Interval::modulus);
  if (same == out.intervals_.end()) {
    out.intervals_.push_back({modulus, begin, end});
    return out;
  }
  same->begin = std::max(same->begin, begin);
  same->end = std::min(same->end, end);
  if (same->begin >= same->end) out.empty_ = true;
  return out;
}

double RandomSet::share() const {
  if (empty_) return 0;
  if (value_ || intervals_.empty()) return 1;
  if (intervals_.size() == 1) return intervals_[0].part();
  // Two moduli are independent given the remainder by their greatest common divisor. With more of
  // them, what the first pair leaves is taken as independent of the rest.
  const Interval& a = intervals_[0];
  const Interval& b = intervals_[1];
  constexpr std::uint64_t kMaxSteps = 1'000'000;
  const std::uint64_t divisor = std::gcd(a.modulus, b.modulus);
  double pair = a.part() * b.part();
  if (divisor > 1 && divisor <= kMaxSteps) {
    pair = 0;
    for (std::uint64_t r = 0; r < divisor; ++r) {
      pair += static_cast<double>(count_remainders(a.begin, a.end, divisor, r)) *
              static_cast<double>(count_remainders(b.begin, b.end, divisor, r));
    }
    pair *= static_cast<double>(divisor) /
            (static_cast<double>(a.modulus) * static_cast<double>(b.modulus));
  }
  for (std::size_t i = 2; i < intervals_.size(); ++i) pair *= intervals_[i].part();
  return pair;
}

}  // namespace xdscope::trace
