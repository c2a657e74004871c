#include "trace/random_set.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace xdscope::trace {
namespace {

// [begin, begin + length) of the remainders by some modulus, counted on past its end.
struct Arc {
  std::uint64_t begin;
  std::uint64_t length;
};

std::uint64_t overlap(std::uint64_t begin_a, std::uint64_t end_a, std::uint64_t begin_b,
                      std::uint64_t end_b) {
  const std::uint64_t begin = std::max(begin_a, begin_b);
  const std::uint64_t end = std::min(end_a, end_b);
  return end > begin ? end - begin : 0;
}

// How many remainders stand in both.
std::uint64_t overlap(Arc a, Arc b, std::uint64_t modulus) {
  if (a.begin > b.begin) std::swap(a, b);
  return overlap(a.begin, a.begin + a.length, b.begin, b.begin + b.length) +
         overlap(a.begin + modulus, a.begin + modulus + a.length, b.begin, b.begin + b.length);
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
  const std::uint64_t divisor = std::gcd(a.modulus, b.modulus);
  // Each remainder by the divisor is met this often by an interval, those of its arc once more.
  const std::uint64_t size_a = a.end - a.begin;
  const std::uint64_t size_b = b.end - b.begin;
  const Arc arc_a{a.begin % divisor, size_a % divisor};
  const Arc arc_b{b.begin % divisor, size_b % divisor};
  const std::uint64_t times_a = size_a / divisor;
  const std::uint64_t times_b = size_b / divisor;
  const auto whole_a = static_cast<double>(times_a);
  const auto whole_b = static_cast<double>(times_b);
  double pair = static_cast<double>(divisor) * whole_a * whole_b +
                whole_a * static_cast<double>(arc_b.length) +
                whole_b * static_cast<double>(arc_a.length) +
                static_cast<double>(overlap(arc_a, arc_b, divisor));
  pair *= static_cast<double>(divisor) /
          (static_cast<double>(a.modulus) * static_cast<double>(b.modulus));
  for (std::size_t i = 2; i < intervals_.size(); ++i) pair *= intervals_[i].part();
  return pair;
}

}  // namespace xdscope::trace
