// A rule file of a user's own: read, and its expressions compiled and evaluated.
#include <chrono>

#include "fuzz/fuzz.h"
#include "rules/user/rule_test.h"
#include "rules/user/user_rule.h"

using namespace xdscope;
using namespace xdscope::rules::user;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto rules = parse_rules(fuzz::text_of(data, size), "fuzz.yaml");
  if (!rules) return 0;
  // No other file is read by a fuzzer.
  for (UserRule& rule : *rules) {
    std::erase_if(rule.tests, [](const RuleTest& test) { return !test.file.empty(); });
  }
  // libjq is a process of its own; what an expression may take there is bounded.
  const auto set = RuleSetOfUser::make(
      std::move(*rules), {.cpu = std::chrono::milliseconds(100), .memory = std::size_t{64} << 20});
  if (set) (void)run_tests(*set, rules::Clock::time_point());
  return 0;
}
