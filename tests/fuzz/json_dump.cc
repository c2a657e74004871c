// A dump in JSON: its structure, every value, and the snapshot.
#include "fuzz/fuzz.h"
#include "json/document.h"
#include "xdscope/load.h"

using namespace xdscope;

namespace {

void walk(const json::Value& value) {
  const json::Value again = value;
  fuzz::require(!value.raw().empty(), "a value has a text");
  (void)value.string();
  (void)value.boolean();
  (void)value.integer();
  (void)value.unsigned_integer();
  (void)value.number();
  (void)value.get("name");
  (void)value.at("@type");
  std::size_t count = 0;
  for (const json::Member member : value.members()) {
    walk(member.value);
    ++count;
  }
  if (value.is_array()) {
    for (const json::Value element : value.elements()) {
      walk(element);
      ++count;
    }
  }
  fuzz::require(count == value.size(), "members and elements are counted");
  fuzz::require(again == value, "reading changes nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  if (const auto document = json::Document::parse(Buffer(text), "fuzz.json")) {
    for (const json::Value root : (*document)->roots()) {
      walk(root);
      (void)json::pointer_of(root);
      (void)json::position_of(root);
    }
  }
  if (const auto snapshot = load_text(text, "fuzz.json")) {
    for (const Problem& problem : (*snapshot)->problems()) {
      fuzz::require(!problem.what.empty() && !problem.where.empty(),
                    "a problem says what and where");
    }
  }
  return 0;
}
