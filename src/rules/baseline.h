// Baselines: the findings that a project already knows, by fingerprint.
#pragma once

#include <compare>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/error.h"
#include "xdscope/lint.h"

namespace xdscope::rules {

struct BaselineEntry {
  std::string fingerprint;
  std::string rule;
  std::string object;  // for people who read the file
  auto operator<=>(const BaselineEntry&) const = default;
};
struct Baseline {
  std::set<BaselineEntry> entries;
};

// Fails where the file is something else's.
Result<Baseline> parse_baseline(std::string_view json, const std::string& name);
std::string format_baseline(const Baseline& baseline);
Baseline baseline_of(const LintResult& result);

// `baseline` without the findings that are gone. What a rule that was not run (or could not be,
// or is for another kind of proxy) found earlier is kept.
Baseline without_fixed(const Baseline& baseline, const LintResult& result);

// Takes the findings that the baseline has out of the result.
void leave_out_known(const Baseline& baseline, LintResult& result);

}  // namespace xdscope::rules
