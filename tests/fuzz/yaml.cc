// YAML: what it becomes is JSON.
#include "fuzz/fuzz.h"
#include "input/yaml_to_json.h"
#include "json/document.h"
#include "xdscope/load.h"

using namespace xdscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (auto converted = yaml_to_json(text, "fuzz.yaml")) {
    fuzz::require(converted->size() <= 8 * size + (std::size_t{11} << 20),
                  "YAML grows within bounds");
    if (converted->view().find_first_not_of(" \n") == std::string_view::npos) return 0;
    const auto document = json::Document::parse(std::move(*converted), "fuzz.yaml");
    fuzz::require(document.has_value(), "YAML becomes JSON");
  }
  (void)load_text(text, "fuzz.yaml");
  return 0;
}
