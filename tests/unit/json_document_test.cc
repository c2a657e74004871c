#include "json/document.h"

#include "support/catch.h"
#include "support/json_text.h"

using namespace xdscope;
using testing::parse_json;

namespace {

std::string error_of(std::string_view text) {
  auto document = json::Document::parse(Buffer(text), "f");
  return document ? "" : document.error().where + " " + document.error().message;
}

}  // namespace

TEST_CASE("values are reached by field name, in snake_case and camelCase") {
  const auto document = parse_json(R"({"a_b": 1, "http2ProtocolOptions": {"x": [true, null]}})");
  REQUIRE(document);
  const json::Value root = document->roots().front();
  CHECK(root["a_b"].integer() == 1);
  CHECK(root["http2_protocol_options"]["x"].size() == 2);
  CHECK_FALSE(root["no"]["such"]["field"]);
  CHECK_FALSE(root["a_"]);
  CHECK(json::is_field("pathSeparatedPrefix", "path_separated_prefix"));
  CHECK_FALSE(json::is_field("pathSeparatedprefix", "path_separated_prefix"));
  CHECK_FALSE(json::is_field("pathSeparated", "path_separated_prefix"));
}

TEST_CASE("null and absent are both not set, false and zero are") {
  const auto document = parse_json(R"({"n": null, "f": false, "z": 0, "e": ""})");
  const json::Value root = document->roots().front();
  CHECK_FALSE(root["n"]);
  CHECK(root["f"]);
  CHECK(root["f"].boolean() == false);
  CHECK(root["z"].integer() == 0);
  CHECK(root["e"].string() == "");
}

TEST_CASE("numbers are read as the proto3 JSON mapping writes them") {
  const auto document =
      parse_json(R"([1, "9007199254740993", 1.0, 1e3, "x", 1.5, -1, 18446744073709551615])");
  std::vector<json::Value> values;
  for (const auto value : document->roots().front().elements()) values.push_back(value);
  CHECK(values[0].integer() == 1);
  CHECK(values[1].integer() == 9007199254740993);
  CHECK(values[2].integer() == 1);
  CHECK_FALSE(parse_json(R"("NaN")")->roots().front().integer());
  CHECK(values[3].integer() == 1000);
  CHECK_FALSE(values[4].integer());
  CHECK_FALSE(values[5].integer());
  CHECK(values[5].number() == 1.5);
  CHECK_FALSE(values[6].unsigned_integer());
  CHECK(values[7].unsigned_integer() == 18446744073709551615u);
}

TEST_CASE("strings are unescaped, keys too, and broken escapes are not strings") {
  const auto document = parse_json(R"({"a\tb": "x\u0041\"\\", "bad": "\q", "s": "\ud83d\ude00"})");
  const json::Value root = document->roots().front();
  CHECK(root.at("a\tb").string() == "xA\"\\");
  CHECK_FALSE(root.at("bad").string());
  CHECK(root.at("s").string() == "\xF0\x9F\x98\x80");
}

TEST_CASE("raw text, offsets, pointers and lines") {
  const auto document = parse_json("{\"a\": [ {\"b~/\": [1, {} ] } , \"x]\" ],\n \"c\": 12 }");
  const json::Value root = document->roots().front();
  const json::Value a = root["a"];
  CHECK(a.raw() == "[ {\"b~/\": [1, {} ] } , \"x]\" ]");
  const json::Value b = (*a.elements().begin()).at("b~/");
  CHECK(b.raw() == "[1, {} ]");
  CHECK(json::pointer_of(b) == "/a/0/b~0~1");
  CHECK(root["c"].raw() == "12");
  CHECK(json::pointer_of(root["c"]) == "/c");
  CHECK(json::pointer_of(root).empty());
  CHECK(json::position_of(root["c"]).line == 2);
  CHECK(json::position_of(root["c"]).column == 7);
}

TEST_CASE("several roots") {
  const auto document = parse_json("{\"a\":1}\n[2] 3");
  REQUIRE(document->roots().size() == 3);
  const json::Value second = *++document->roots().begin();
  CHECK(second.raw() == "[2]");
  CHECK(json::pointer_of(second.elements().front()) == "/0");
}

TEST_CASE("broken JSON is told with its place") {
  CHECK_THAT(error_of("{\"a\": nonsense}"), ContainsSubstring("f:1:7 not JSON: expected a value"));
  CHECK_THAT(error_of("{\"a\": 01}"), ContainsSubstring("f:1:7"));
  CHECK_THAT(error_of("{\"a\" 1}"), ContainsSubstring("expected ':'"));
  CHECK_THAT(error_of("{'a': 1}"), ContainsSubstring("a key in quotes"));
  CHECK_THAT(error_of("[1,]"), ContainsSubstring("f:1:4 not JSON: expected a value, found ']'"));
  CHECK_THAT(error_of("[1 2]"), ContainsSubstring("',' or ']'"));
  CHECK_THAT(error_of("{\"a\": [1,\n"), ContainsSubstring("cut off"));
  CHECK_THAT(error_of("{\"a\": \"b"), ContainsSubstring("cut off"));
  CHECK_THAT(error_of("{\"a\": tru"), ContainsSubstring("cut off"));
  CHECK_THAT(error_of("{\"a\":\n \"\xff\"}"), ContainsSubstring("f:2:1 not JSON: not valid UTF-8"));
  CHECK_THAT(error_of("]"), ContainsSubstring("not JSON"));
  CHECK_THAT(error_of(std::string(2000, '[')), ContainsSubstring("nested deeper"));
}

TEST_CASE("nesting up to the limit") {
  const std::string text = std::string(1000, '[') + "1" + std::string(1000, ']');
  CHECK(parse_json(text));
  CHECK(parse_json("[[[[[[[[]]]]],[[[1]]]]]]"));
  CHECK_FALSE(parse_json("[[[[[[[[]]]]],[[[1]]]]"));
}
