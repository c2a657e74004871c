// The answer of a matcher: what a static dump cannot tell is kUnknown, never a guess.
#pragma once

namespace xdscope::trace {

enum class Verdict { kNo, kUnknown, kYes };

constexpr Verdict verdict(bool yes) { return yes ? Verdict::kYes : Verdict::kNo; }
constexpr Verdict operator!(Verdict v) {
  return v == Verdict::kUnknown ? v : verdict(v == Verdict::kNo);
}

}  // namespace xdscope::trace
