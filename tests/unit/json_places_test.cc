#include "support/catch.h"
#include "support/json_text.h"
#include "xdscope/index.h"

using namespace xdscope;

namespace {

void collect(json::Value value, std::vector<json::Value>& out) {
  out.push_back(value);
  for (const json::Value element : value.elements()) collect(element, out);
  for (const json::Member member : value.members()) collect(member.value, out);
}

}  // namespace

TEST_CASE("a place is the same whatever was asked for before", "[json]") {
  constexpr const char* kText = R"({"a": [1, {"b/c": {"~": [
    [], {}, [2, 3]]}}, "x"],
  "d": {"e": {"f": null}}, "g": []}
  [{"second": "root"}, 7])";
  const auto document = testing::parse_json(kText);
  REQUIRE(document);
  std::vector<json::Value> all;
  for (const json::Value& root : document->roots()) collect(root, all);
  REQUIRE(all.size() == 20);

  std::vector<std::string> pointers;
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto fresh = testing::parse_json(kText);
    std::vector<json::Value> values;
    for (const json::Value& root : fresh->roots()) collect(root, values);
    pointers.push_back(json::pointer_of(values[i]));
    lines.push_back(json::position_of(values[i]).line);
  }
  CHECK(pointers == std::vector<std::string>{"",
                                             "/a",
                                             "/a/0",
                                             "/a/1",
                                             "/a/1/b~1c",
                                             "/a/1/b~1c/~0",
                                             "/a/1/b~1c/~0/0",
                                             "/a/1/b~1c/~0/1",
                                             "/a/1/b~1c/~0/2",
                                             "/a/1/b~1c/~0/2/0",
                                             "/a/1/b~1c/~0/2/1",
                                             "/a/2",
                                             "/d",
                                             "/d/e",
                                             "/d/e/f",
                                             "/g",
                                             "",
                                             "/0",
                                             "/0/second",
                                             "/1"});

  for (std::size_t step = 1; step < all.size(); ++step) {
    // Goes round the values in steps, forward and back.
    for (std::size_t n = 0; n < 2 * all.size(); ++n) {
      const std::size_t i = n * step % all.size();
      CHECK(json::pointer_of(all[i]) == pointers[i]);
      CHECK(json::position_of(all[i]).line == lines[i]);
    }
  }
  CHECK_FALSE(static_cast<bool>(evidence_of(json::Value())));
}
