#include "json/structure.h"

#include <random>

#include <nlohmann/json.hpp>

#include "json/document.h"
#include "support/catch.h"
#include "support/json_text.h"

using namespace xdscope;
using json::StructureError;

namespace {

// Slots, or how and where the text is broken.
struct Outcome {
  std::vector<std::uint32_t> slots;
  std::optional<StructureError::Kind> error;
  std::size_t offset = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome structure_of(std::string_view text, std::size_t window) {
  const auto found = json::find_structure(text, {.slots = 2 * text.size() + 2, .window = window});
  if (!found) return {{}, found.error().kind, found.error().offset};
  return {{found->slots.get(), found->slots.get() + found->size}, {}, 0};
}

class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t limit) { return random_() % limit; }

  std::string string() {
    static constexpr std::string_view kPieces[] = {"a",        "\"", "\\",    "\n", "},{",
                                                   "],",       "{",  "\\\"",  ":",  ",",
                                                   "\xC3\xA4", "  ", "tab\t", "/*", "0"};
    std::string out;
    for (std::size_t i = below(12); i > 0; --i) out += kPieces[below(std::size(kPieces))];
    return out;
  }

  nlohmann::json value(int depth) {
    switch (below(depth > 5 ? 5 : 8)) {
      case 0:
        return static_cast<double>(below(1000)) / 8;
      case 1:
        return below(2) == 0;
      case 2:
        return nullptr;
      case 3:
      case 4:
        return string();
      case 5: {
        nlohmann::json list = nlohmann::json::array();
        for (std::size_t i = below(6); i > 0; --i) list.push_back(value(depth + 1));
        return list;
      }
      default: {
        nlohmann::json object = nlohmann::json::object();
        for (std::size_t i = below(6); i > 0; --i) object[string()] = value(depth + 1);
        return object;
      }
    }
  }

 private:
  std::mt19937 random_;
};

}  // namespace

TEST_CASE("what is found does not depend on where the windows end") {
  RandomJson random(7);
  for (int i = 0; i < 400; ++i) {
    nlohmann::json list = nlohmann::json::array();
    for (int j = 0; j < 4; ++j) list.push_back(random.value(0));
    std::string text = list.dump(i % 3 == 0 ? 2 : -1);
    // Half of the texts are broken somewhere.
    if (i % 2 == 0) text[random.below(text.size())] = "\"\\,]}{ 1\n\x80"[random.below(10)];
    if (i % 5 == 0) text.resize(random.below(text.size()) + 1);
    const Outcome whole = structure_of(text, text.size() + 1);
    for (const std::size_t window : {1U, 2U, 3U, 7U, 16U, 64U, 100U}) {
      const Outcome parts = structure_of(text, window);
      INFO(text);
      // Several faults of one text are met in another order.
      CHECK((parts == whole || (whole.error && parts.error)));
    }
  }
}

TEST_CASE("a text of many windows is read as another parser reads it") {
  RandomJson random(11);
  nlohmann::json list = nlohmann::json::array();
  for (int i = 0; i < 20'000; ++i) list.push_back(random.value(0));
  list.push_back(std::string(2'000'000, '"'));  // longer than a window, of nothing but escapes
  for (const int indent : {-1, 1}) {
    const std::string text = list.dump(indent);
    REQUIRE(text.size() > 4 * json::StructuralReader::kWindow);
    const auto document = testing::parse_json(text);
    REQUIRE(document);
    std::size_t i = 0;
    for (const json::Value element : document->roots().front().elements()) {
      REQUIRE(nlohmann::json::parse(element.raw()) == list[i]);
      ++i;
    }
    CHECK(i == list.size());
  }
}

TEST_CASE("a text of nothing but values is refused") {
  std::string text = "[";
  for (int i = 0; i < 10'000'000; ++i) text += "1,";
  text += "1]";
  const auto document = json::Document::parse(Buffer(text), "f");
  REQUIRE_FALSE(document);
  CHECK_THAT(document.error().message,
             ContainsSubstring("the JSON is refused: more than 10000001"));
}
