#include "report/escaping.h"

#include <nlohmann/json.hpp>

#include "support/catch.h"

using namespace xdscope::report;

namespace {

// ESC, CSI as C1, a change of direction, and what is broken UTF-8.
constexpr const char* kHostile = "a\x1b[31m\xC2\x9B\xE2\x80\xAEz\xFF";

std::string json_string(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("a JSON string has no raw control characters and is UTF-8", "[report][escaping]") {
  const std::string out = json_string(kHostile);
  CHECK(out == "\"a\\u001b[31m\\u009b\\u202ez\xEF\xBF\xBD\"");
  CHECK(nlohmann::json::parse(out).get<std::string>() ==
        "a\x1b[31m\xC2\x9B\xE2\x80\xAEz\xEF\xBF\xBD");
  CHECK(json_string("") == "\"\"");
  CHECK(json_string("\"\\\n") == R"("\"\\\u000a")");
  CHECK(json_string("caf\xC3\xA9") == "\"caf\xC3\xA9\"");
}

TEST_CASE("a JSON document has no raw control characters", "[report][escaping]") {
  const std::string out = json_document({{"name", kHostile}, {"city", "K\xC3\xB6ln"}});
  CHECK(out ==
        "{\n  \"name\": \"a\\u001b[31m\\u009b\\u202ez\xEF\xBF\xBD\",\n"
        "  \"city\": \"K\xC3\xB6ln\"\n}\n");
}

TEST_CASE("Markdown shows text without its markup", "[report][escaping]") {
  CHECK(markdown_text("<img src=x> & [a](b) `c` *d* _e_ |") ==
        "\\<img src=x\\> \\& \\[a\\](b) \\`c\\` \\*d\\* \\_e\\_ \\|");
  CHECK(markdown_text("a\n# b") == "a\\\\x0a# b");
}

TEST_CASE("Markdown code keeps a name as it is", "[report][escaping]") {
  CHECK(markdown_code("outbound|80||a.b") == "`outbound|80||a.b`");
  CHECK(markdown_code("a`b``c") == "```a`b``c```");
  CHECK(markdown_code("`a") == "`` `a ``");
  CHECK(markdown_code("a\nb") == "`a\\x0ab`");
}
