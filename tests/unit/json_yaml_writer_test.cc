#include "json/yaml_writer.h"

#include <random>
#include <string>
#include <vector>

#include "input/yaml_to_json.h"
#include "json/yaml_quoting.h"
#include "support/catch.h"
#include "support/json_text.h"
#include "support/same_json.h"

using namespace xdscope;
using json::KeyOrder;
using testing::parse_json;
using testing::same_json;

namespace {

std::string yaml(std::string_view text, KeyOrder order = KeyOrder::kAsGiven) {
  const auto document = parse_json(text);
  REQUIRE(document);
  return json::to_yaml(document->roots().front(), order);
}

std::string scalar(std::string_view text) {
  std::string out;
  json::append_yaml_scalar(out, text, json::yaml_style(text));
  return out;
}

// What a reader makes of the YAML is what was written.
void check_round_trip(std::string_view text, KeyOrder order) {
  const std::string written = yaml(text, order);
  CAPTURE(text, written);
  auto read = yaml_to_json(written, "round trip");
  REQUIRE(read);
  CHECK(same_json(text, read->view()));
}

}  // namespace

TEST_CASE("objects and lists are nested as istioctl prints them") {
  CHECK(
      yaml(
          R"([{"name": "a", "domains": ["x", "y"], "match": {"prefix": "/", "headers": [{"n": 1}]}},
                 {"empty": {}, "none": [], "nothing": null, "deep": [[1, [2]], [], {}]}])") ==
      "- name: a\n"
      "  domains:\n"
      "  - x\n"
      "  - \"y\"\n"
      "  match:\n"
      "    prefix: /\n"
      "    headers:\n"
      "    - \"n\": 1\n"
      "- empty: {}\n"
      "  none: []\n"
      "  nothing: null\n"
      "  deep:\n"
      "  - - 1\n"
      "    - - 2\n"
      "  - []\n"
      "  - {}\n");
  CHECK(yaml("[]") == "[]\n");
  CHECK(yaml("{}") == "{}\n");
  CHECK(yaml("\"x\"") == "x\n");
  CHECK(yaml("{\"a\": [{}]}") == "a:\n- {}\n");
}

TEST_CASE("keys are sorted on every level when that is wanted") {
  CHECK(yaml(R"({"b": {"z": 1, "@type": "t", "a": [{"d": 1, "c": {}}]}, "a10": 1, "a9": 2})",
             KeyOrder::kSorted) ==
        "a9: 2\n"
        "a10: 1\n"
        "b:\n"
        "  '@type': t\n"
        "  a:\n"
        "  - c: {}\n"
        "    d: 1\n"
        "  z: 1\n");
  CHECK(yaml(R"([{"b": [[{"y": 1, "x": 2}]], "a": "l\nm"}])", KeyOrder::kSorted) ==
        "- a: |-\n"
        "    l\n"
        "    m\n"
        "  b:\n"
        "  - - x: 2\n"
        "      \"y\": 1\n");
}

TEST_CASE("marks come before digits, digits by their number, then letters") {
  const std::vector<std::string> sorted = {
      "",  "'", "_", "0",   "00",  "1",  "1.5", "1_", "1a",  "2",   "10", "12x",  "123",
      "A", "B", "a", "a-b", "a_b", "a1", "a01", "a2", "a2b", "a10", "ab", "abc9", "abc10"};
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = 0; j < sorted.size(); ++j) {
      CAPTURE(sorted[i], sorted[j]);
      CHECK(json::yaml_key_less(sorted[i], sorted[j]) == (i < j));
    }
  }
}

TEST_CASE("strings that would read as something else are quoted") {
  for (const char* text : {"",
                           "~",
                           "null",
                           "true",
                           "FALSE",
                           "yes",
                           "No",
                           "on",
                           "y",
                           "N",
                           "1",
                           "-1",
                           "012",
                           "0x1F",
                           "0b1",
                           "0o7",
                           "1_000",
                           "1.5",
                           ".5",
                           "1e3",
                           ".inf",
                           ".NaN",
                           "2026-11-23",
                           "2026-11-23T06:26:30.756Z",
                           "2026-1-2 3:4:5",
                           "2026-11-23T06:26:30+01:00",
                           "190:20:30",
                           "<<"}) {
    CAPTURE(text);
    CHECK(scalar(text) == '"' + std::string(text) + '"');
  }
  for (const char* text : {"a",
                           "nothing",
                           "yesterday",
                           "5s",
                           "10.0.0.1",
                           "0.0.0.0_80",
                           "2026-11-23T06:26:01Z/11",
                           "a:b",
                           ":method",
                           "::6",
                           "outbound|80||a.b",
                           "/items/[0-9]+(/.*)?",
                           "-a",
                           "?a",
                           "a#b",
                           "a 'b'",
                           "a \"b\"",
                           "5xx,reset",
                           "%START_TIME",
                           "1.2.3",
                           "é",
                           "inbound|8080||",
                           "..",
                           "--x"}) {
    CAPTURE(text);
    const std::string_view view = text;
    CHECK(scalar(text) == (view.starts_with('%') ? '\'' + std::string(view) + '\'' : view));
  }
  for (const char* text : {"@type", "*",    "*.example", "- a", "-",  "?",   "? a",   "a: b",
                           "::",    "a #b", "#a",        " a",  "a ", "[a]", "{}",    "&a",
                           "!a",    "|",    ">",         "%a",  "`a", "---", "... a", ",a"}) {
    CAPTURE(text);
    CHECK(scalar(text) == '\'' + std::string(text) + '\'');
  }
  CHECK(scalar("'a'") == "'''a'''");
  CHECK(scalar("\"a\"") == "'\"a\"'");
}

TEST_CASE("what no other style can hold is escaped in double quotes") {
  CHECK(scalar("a\tb") == R"("a\tb")");
  CHECK(scalar(std::string_view("\0\x01\x1b\x7f", 4)) == R"("\0\x01\e\x7F")");
  CHECK(scalar("a \nb\"\\") == R"("a \nb\"\\")");
  CHECK(scalar("\u2028\u0085\uFEFF\u00A0") == "\"\\L\\N\\uFEFF\u00A0\"");
  CHECK(scalar("\U0001F600é") == "\"\\U0001F600é\"");
  CHECK(scalar("a\xFF\xC3") == R"("a\uFFFD\uFFFD")");
}

TEST_CASE("strings of several lines are literals") {
  CHECK(yaml(R"({"a": "x\ny", "b": "x\n", "c": "x\n\n", "d": "\nx", "e": ["  x\n\ny\n"]})") ==
        "a: |-\n  x\n  y\n"
        "b: |\n  x\n"
        "c: |+\n  x\n\n"
        "d: |2-\n\n  x\n"
        "e:\n- |2\n    x\n\n  y\n");
}

TEST_CASE("long keys stand behind a question mark") {
  const std::string key(129, 'k');
  const std::string text =
      "{\"" + key + "\": {\"a\": 1, \"b\": [2, {\"c\": 3}]}, \"z\": {\"" + key + "\": [4, [5]]}}";
  CHECK(yaml(text) ==
        "? " + key + "\n: a: 1\n  b:\n  - 2\n  - c: 3\nz:\n  ? " + key + "\n  : - 4\n    - - 5\n");
  check_round_trip(text, KeyOrder::kSorted);
}

TEST_CASE("several values are several documents, and pieces join without a seam") {
  std::string text;
  std::size_t pieces = 0;
  json::YamlWriter writer([&](std::string_view piece) {
    text += piece;
    ++pieces;
    return true;
  });
  std::string expected;
  for (int i = 0; i < 3; ++i) {
    writer.begin_array();
    if (i > 0) expected += "---\n";
    for (int j = 0; j < 50'000; ++j) {
      writer.string("abcdefghijklmnop");
      expected += "- abcdefghijklmnop\n";
    }
    writer.end_array();
  }
  CHECK(writer.finish());
  CHECK(text == expected);
  CHECK(pieces > 2);
}

TEST_CASE("a sink that fails is reported") {
  json::YamlWriter writer([](std::string_view) { return false; });
  writer.raw("1");
  CHECK_FALSE(writer.finish());
}

namespace {

std::string random_string(std::mt19937& random) {
  static const std::vector<std::string> kParts = {
      "a",       "b",   "true", "no", "1",          "0",       ".",    "-",   ":",    ": ", " #",
      "#",       " ",   "\\n",  "'",  "|",          ">",       "\\\"", "\\t", "\\\\", "{",  "}",
      "[",       "]",   ",",    "&",  "*",          "!",       "%",    "@",   "é",    "~",  "?",
      "\\u0001", "x_1", "e10",  "<<", "2026-01-02", "\\u2028", "=",    "```"};
  std::string text;
  const std::size_t parts = random() % 5;
  for (std::size_t i = 0; i < parts; ++i) text += kParts[random() % kParts.size()];
  return text;
}

std::string random_json(std::mt19937& random, int depth) {
  const auto kind = random() % (depth > 0 ? 6u : 4u);
  if (kind == 0)
    return std::vector{"null", "true", "12", "-0.5e3", "18446744073709551615"}[random() % 5];
  if (kind < 4) return '"' + random_string(random) + '"';
  std::string text(1, kind == 4 ? '[' : '{');
  const std::size_t members = random() % 4;
  for (std::size_t i = 0; i < members; ++i) {
    if (i > 0) text += ',';
    if (kind == 5) text += '"' + random_string(random) + std::to_string(i) + "\":";
    text += random_json(random, depth - 1);
  }
  return text + (kind == 4 ? ']' : '}');
}

}  // namespace

TEST_CASE("random values are read back as they were written") {
  std::mt19937 random(20261123);
  for (int i = 0; i < 3'000; ++i) {
    check_round_trip(random_json(random, 5), i % 2 == 0 ? KeyOrder::kAsGiven : KeyOrder::kSorted);
  }
}
