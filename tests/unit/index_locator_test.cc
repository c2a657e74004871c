#include "index/locator.h"

#include "support/catch.h"
#include "support/json_text.h"

using namespace xdscope;

namespace {

void collect(json::Value value, std::vector<json::Value>& out) {
  out.push_back(value);
  for (const json::Value element : value.elements()) collect(element, out);
  for (const json::Member member : value.members()) collect(member.value, out);
}

}  // namespace

TEST_CASE("the locator agrees with evidence_of, in order, with gaps and out of order") {
  const auto document = testing::parse_json(R"({"a": [1, {"b/c": {"~": [
    [], {}, [2, 3]]}}, "x"],
  "d": {"e": {"f": null}}, "g": []}
  [{"second": "root"}, 7])");
  REQUIRE(document);
  std::vector<json::Value> all;
  for (const json::Value& root : document->roots()) collect(root, all);
  REQUIRE(all.size() > 15);
  for (std::size_t step = 1; step <= 5; ++step) {
    Locator locator;
    for (std::size_t i = 0; i < all.size(); i += step) {
      const Evidence found = locator.locate(all[i]);
      const Evidence expected = evidence_of(all[i]);
      CHECK(found.pointer == expected.pointer);
      CHECK(found.line == expected.line);
      CHECK(locator.locate(all[i]).pointer == expected.pointer);
    }
  }
  Locator backwards;
  for (std::size_t i = all.size(); i-- > 0;) {
    CHECK(backwards.locate(all[i]).pointer == evidence_of(all[i]).pointer);
    CHECK(backwards.locate(all[i]).line == evidence_of(all[i]).line);
  }
  CHECK_FALSE(static_cast<bool>(backwards.locate(json::Value())));
}
