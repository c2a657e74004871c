// Hints for misspelt names.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"

namespace xdscope::rules {

// The known name nearest to `name`; "" where none is near.
template <class Names>
std::string_view nearest(std::string_view name, const Names& known) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

// "did you mean \"severity\"?", else the whole list.
template <class Names>
std::string did_you_mean(std::string_view name, const Names& known) {
  if (const std::string_view best = nearest(name, known); !best.empty()) {
    return fmt::format("did you mean \"{}\"?", best);
  }
  std::string all;
  for (const auto& candidate : known) {
    if (!all.empty()) all += ", ";
    all += candidate;
  }
  return "known are: " + all;
}

}  // namespace xdscope::rules
