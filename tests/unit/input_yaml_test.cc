#include "input/yaml_to_json.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "json/document.h"
#include "support/catch.h"
#include "support/same_json.h"

using namespace xdscope;
using testing::same_json;

namespace {

std::string as_json(std::string_view yaml) {
  auto read = yaml_to_json(yaml, "f");
  if (!read) return read.error().where + ": " + read.error().message;
  std::string text(read->view());
  std::erase(text, '\n');
  return text;
}

std::string where(std::string_view yaml) {
  const auto read = yaml_to_json(yaml, "f");
  return read ? "no error" : read.error().where;
}

Error error(std::string_view yaml) {
  auto read = yaml_to_json(yaml, "f");
  return read ? Error{.message = "no error"} : read.error();
}

std::string read_file(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

TEST_CASE("block mappings and sequences become objects and arrays") {
  CHECK(as_json("a: 1\nb:\n  c: x\n  d:\n  - 1\n  - e: 2\n    f: []\ng: {}\n") ==
        R"({"a":1,"b":{"c":"x","d":[1,{"e":2,"f":[]}]},"g":{}})");
  CHECK(as_json("- - 1\n  - 2\n- - {}\n") == "[[1,2],[{}]]");
  CHECK(as_json("a:\nb: ~\nc: null\n") == R"({"a":null,"b":null,"c":null})");
}

TEST_CASE("flow collections, quotes, comments and blocks are read") {
  CHECK(as_json("# c\na: {b: [1, 'x', \"y\\n\\x41\"], c} # d\n'e f': \"#\"\n") ==
        R"({"a":{"b":[1,"x","y\nA"],"c":null},"e f":"#"})");
  CHECK(as_json("a: |\n  x\n   y\n\n  z\nb: >-\n  x\n  y\n\n  z\nc: |+\n  x\n\nd: |2-\n    x\n") ==
        R"({"a":"x\n y\n\nz\n","b":"x y\nz","c":"x\n\n","d":"  x"})");
  CHECK(as_json("a: 'x''y\n  z'\nb: \"p\\\n  q\"\nc: r\n  s\n") ==
        R"({"a":"x'y z","b":"pq","c":"r s"})");
  CHECK(as_json("a: \"\\0\\t\\\"\\\\\\u00e9\\U0001F600\"\n") == R"({"a":"\u0000\t\"\\é😀"})");
}

TEST_CASE("only plain scalars are typed, and tags decide where they stand") {
  CHECK(as_json("[yes, true, 012, 1_000, .5, .inf, 0x1F, '1', \"true\", "
                "123456789012345678901234567890]") ==
        R"(["yes",true,12,"1_000",0.5,"Infinity",31,"1","true",123456789012345678901234567890])");
  CHECK(as_json("- |\n  1\n- >-\n  true\n") == R"(["1\n","true"])");
  CHECK(as_json(
            "[!!str 1, !!int '2', !!float 3, !!bool 'true', !!null '', !!float .inf, !own 5, !own "
            "a]") == R"(["1",2,3,true,null,"Infinity",5,"a"])");
  CHECK(as_json("a: !!binary |\n  aGVs\n  bG8=\n") == R"({"a":"aGVsbG8="})");
  CHECK(as_json("!!map\na: !!seq [!<tag:yaml.org,2002:str> 1]\n") == R"({"a":["1"]})");
  CHECK(as_json("[! 12, ! true, 12 , 0x1F,~, &a 12]\n") == R"(["12","true",12,31,null,12])");
  CHECK(as_json("a: \r\nb: 12  # c\r\n? 1\n: -1") == R"({"a":null,"b":12,"1":-1})");
  CHECK(error("a: !!int x").message == "'x' is no value of !!int");
  CHECK(where("a: 1\nb: !!bool yes") == "f:2:4");
}

TEST_CASE("keys become their text") {
  CHECK(as_json("1: a\ntrue: b\n0x1F: c\n~: d\n? e\n: f\n1.50: g\n") ==
        R"({"1":"a","true":"b","0x1F":"c","~":"d","e":"f","1.50":"g"})");
  CHECK(where("a: 1\n? [b, c]\n: 2\n") == "f:2:3");
  CHECK(where("a: 1\n{b: 1}: 2\n") == "f:2:1");
}

TEST_CASE("a key that stands twice is an error in the line of the second") {
  CHECK(error("a: 1\nb: {a: 2}\n\"a\": 3\n").message ==
        "the key \"a\" stands twice in one mapping");
  CHECK(where("a: 1\nb: {a: 2}\n\"a\": 3\n") == "f:3:1");
  std::string many;
  for (int i = 0; i < 100; ++i) many += fmt::format("k{}: 1\n", i);
  CHECK(where(many) == "no error");
  CHECK(where(many + "k50: 1\n") == "f:101:1");
}

TEST_CASE("values stand on their lines, whatever stands between them") {
  const std::string yaml =
      "# first\r\n"         // 1
      "a:   # comment\r\n"  // 2
      "\r\n"                // 3
      "  - b: |\r\n"        // 4
      "      text\r\n"      // 5
      "      text\r\n"      // 6
      "    c: \"two\r\n"    // 7
      "      lines\"\r\n"   // 8
      "  -\r\n"             // 9
      "    d: &x\r\n"       // 10
      "      e: [1,\r\n"    // 11
      "          2]\r\n"    // 12
      "  - *x\r\n"          // 13
      "f: 3\r\n";           // 14
  auto text = yaml_to_json(yaml, "f");
  REQUIRE(text);
  const auto document = json::Document::parse(std::move(*text), "f");
  REQUIRE(document);
  const json::Value root = (*document)->roots().front();
  const auto line = [](const json::Value& value) { return json::position_of(value).line; };
  const auto element = [&](std::size_t i) {
    auto at = root["a"].elements().begin();
    while (i-- > 0) ++at;
    return *at;
  };
  CHECK(line(root["a"]) == 4);
  CHECK(line(element(0)["b"]) == 4);
  CHECK(element(0)["b"].text() == "text\ntext\n");
  CHECK(line(element(0)["c"]) == 7);
  CHECK(line(element(1)["d"]["e"]) == 11);
  CHECK(line(*++element(1)["d"]["e"].elements().begin()) == 12);
  CHECK(line(element(2)["e"]) == 13);
  CHECK(line(root["f"]) == 14);
}

TEST_CASE("aliases repeat what their anchors hold") {
  CHECK(as_json("a: &x {b: [1, &y two]}\nc: *x\nd: *y\ne: &x 5\nf: *x\n") ==
        R"({"a":{"b":[1,"two"]},"c":{"b":[1,"two"]},"d":"two","e":5,"f":5})");
  CHECK(as_json("- &k key\n- *k : 1\n  &j other: *j\n- {&n 12: 0}\n- *n : 1\n") ==
        R"(["key",{"key":1,"other":"other"},{"12":0},{"12":1}])");
  CHECK(error("a: *x").message == "the alias *x has no anchor &x before it");
  CHECK(error("a: &x\n  b: *x\n").message == "the alias *x stands inside its own anchor");
  CHECK(where("a: &x\n  b: *x\n") == "f:2:6");
  CHECK(where("a: &x [1]\n*x : 2\n") == "f:2:1");
  CHECK(where("--- &x 1\n--- *x\n") == "f:2:5");
}

TEST_CASE("merge keys bring what the mapping does not have itself") {
  CHECK(as_json("a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n") ==
        R"({"a":{"x":1,"y":2},"b":{"y":3,"x":1}})");
  CHECK(as_json("- &a {x: 1}\n- &b {x: 2, z: [{q: ']\"}'}]}\n- <<: [*a, *b, {w: 5}]\n") ==
        R"([{"x":1},{"x":2,"z":[{"q":"]\"}"}]},{"x":1,"z":[{"q":"]\"}"}],"w":5}])");
  CHECK(as_json("'<<': 1\n") == R"({"<<":1})");
  CHECK(as_json("<<: {a: {<<: {b: 1}, c: 2}}\nd: 3\n") == R"({"d":3,"a":{"c":2,"b":1}})");
  CHECK(as_json("- <<: &m\n    a: &n\n      - 1\n    b: 2\n  b: 3\n- *m\n- *n\n") ==
        R"([{"b":3,"a":[1]},{"a":[1],"b":2},[1]])");
  CHECK(as_json("a: {<<: {}, <<: []}\n") == R"({"a":{}})");
  CHECK(where("a: 1\n<<: 2\n") == "f:2:1");
  CHECK(where("a: 1\n<<: [{b: 1}, 2]\n") == "f:2:1");
}

TEST_CASE("documents follow one another, empty ones are left out") {
  CHECK(as_json("---\na: 1\n---\n[2]\n...\n---\n3\n--- x\n") == R"({"a":1} [2] 3 "x")");
  CHECK(as_json("---\n---\na: 1\n---\n") == R"({"a":1})");
  CHECK(as_json("# only a comment\n").empty());
  CHECK(as_json("").empty());
  CHECK(as_json("--- null\n") == "null");
  CHECK(as_json("%YAML 1.2\n---\na: 1\n") == R"({"a":1})");
}

TEST_CASE("texts in other encodings than UTF-8 are refused") {
  CHECK(as_json("\xEF\xBB\xBF"
                "a: \xC3\xA9\n") == "{\"a\":\"\xC3\xA9\"}");
  CHECK(error(std::string_view("\xFF\xFE"
                               "a\0",
                               4))
            .message == "the text is UTF-16; only UTF-8 is read");
  CHECK(error("a: b\nc: \xC3\xA9\xFF\n").message == "not valid UTF-8");
  CHECK(where("a: b\nc: \xC3\xA9\xFF\n") == "f:2:5");
  CHECK(where(std::string_view("a: b\nc: \0\n", 10)) == "f:2:4");
}

TEST_CASE("line breaks that only YAML 1.1 knows are refused, not folded away") {
  CHECK(where("a: 1\nb: \"x\u0085y\"\n") == "f:2:6");
  CHECK(where("a: é\u2028\n") == "f:1:5");
  CHECK(as_json("a: \"\\N\\L\\P\"\n") == "{\"a\":\"\u0085\u2028\u2029\"}");
}

TEST_CASE("syntax errors say where and what to do") {
  CHECK(error("a:\n\tb: 1\n").message == "not YAML: a tab where only spaces may stand");
  CHECK(where("a:\n\tb: 1\n") == "f:2:1");
  CHECK_THAT(error("a: 'b\nc: d\n").message, ContainsSubstring("cut off"));
  CHECK_THAT(error("a: 'b\nc: d\n").message, ContainsSubstring("begins in line 1"));
  CHECK_THAT(error("a: {b: 1,\n").message, ContainsSubstring("cut off"));
  CHECK(where("a: b: c\n") == "f:1:5");
  CHECK_THAT(error("a: b: c\n").hint, ContainsSubstring("needs quotes"));
  CHECK_THAT(error("a: @b\n").hint, ContainsSubstring("'@' needs quotes"));
  CHECK(where("a:\n  b: 1\n c: 2\n") == "f:3:2");
  CHECK(where("a: 1\n- b\n") == "f:2:1");
  CHECK(error("a: 1\n- b\n").code == ErrorCode::kInput);
}

TEST_CASE("what begins with a bracket is JSON, or says that it is not") {
  CHECK(as_json("# from kubectl\n{\"a\": {\"b\": [1]}}\n") == R"({"a":{"b":[1]}})");
  CHECK(where("{'a': 1}") == "f:1:2");
  CHECK_THAT(error("{'a': 1}").hint, ContainsSubstring("json.dumps"));
  CHECK(where("[{a: 1}]") == "f:1:3");
  CHECK(where("{\"a\": {b: 1}}") == "f:1:8");
  CHECK(as_json("--- {a: 1}") == R"({"a":1})");
}

TEST_CASE("hostile texts end in an error") {
  CHECK_THAT(error(std::string(1'001, '[')).message, ContainsSubstring("1000 levels"));
  CHECK_THAT(error(std::string(100'000, '[')).message, ContainsSubstring("1000 levels"));
  std::string dashes;
  for (int i = 0; i < 100'000; ++i) dashes += "- ";
  CHECK_THAT(error(dashes).message, ContainsSubstring("1000 levels"));
  CHECK(where(std::string(1'000, '[') + std::string(1'000, ']')) == "no error");

  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  std::string merges = "b0: &a0 {x: yyyyyyyyyyyyyyyyyyyyyyyy}\n";
  for (int i = 1; i < 12; ++i) {
    const auto name = [](int n) { return fmt::format("a{}", n); };
    bomb += name(i) + ": &" + name(i) + " [";
    merges += name(i) + ": &" + name(i) + " {";
    for (int j = 0; j < 10; ++j) {
      bomb += (j > 0 ? ", *" : "*") + name(i - 1);
      merges += (j > 0 ? ", k" : "k") + std::to_string(j) + ": {<<: *" + name(i - 1) + "}";
    }
    bomb += "]\n";
    merges += "}\n";
  }
  CHECK(error(bomb).message == "aliases make the text larger than 10 MB");
  std::string flat = "a: &a {b: 1}\nc:\n";
  for (int i = 0; i < 50'000; ++i) flat += "  <<: *a\n";
  CHECK(where(flat) == "no error");
  CHECK(error(merges).message == "aliases make the text larger than 10 MB");
}

TEST_CASE("dumps written as YAML hold what the JSON holds") {
  const std::filesystem::path data = XDSCOPE_REFERENCE_DIR "/data";
  if (!std::filesystem::exists(data / "yaml")) {
    WARN("skipped: no dumps in " << data);
    return;
  }
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(data / "yaml")) {
    // sidecar-foo.config_dump.yaml, sidecar-foo.static_listeners.yaml
    const std::string stem = entry.path().stem().string();
    const std::string part = stem.substr(stem.find('.') + 1) + ".json";
    const auto folder = data / "captures" / stem.substr(0, stem.find('.'));
    const auto original = part == "config_dump.json" ? folder / part : folder / "resource" / part;
    CAPTURE(entry.path(), original);
    const auto read = yaml_to_json(read_file(entry.path()), entry.path().string());
    REQUIRE(read);
    CHECK(same_json(read->view(), read_file(original)));
    ++compared;
  }
  CHECK(compared == 6);
}
