// .xdscope.yaml and baselines.
#include "fuzz/fuzz.h"
#include "rules/baseline.h"
#include "rules/config.h"

using namespace xdscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (auto config = rules::parse_config(text, "/nowhere/.xdscope.yaml")) {
    config->options.rule_files.clear();  // no other file is read by a fuzzer
    (void)lint({}, config->options);
  }
  if (const auto baseline = rules::parse_baseline(text, "fuzz.json")) {
    const auto again = rules::parse_baseline(rules::format_baseline(*baseline), "fuzz.json");
    fuzz::require(again && again->entries == baseline->entries, "a baseline is read as written");
  }
  return 0;
}
