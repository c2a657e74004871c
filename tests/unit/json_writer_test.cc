#include "json/json_writer.h"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "support/catch.h"

using namespace xdscope;
using json::JsonWriter;
using json::TextSink;

namespace {

std::string quoted(std::string_view text, json::JsonStyle style = {}) {
  TextSink sink;
  JsonWriter(sink, style).string(text);
  return sink.text();
}

}  // namespace

TEST_CASE("objects and lists are laid out with four spaces, empty ones in one line") {
  TextSink sink;
  JsonWriter out(sink);
  out.begin_array();
  out.begin_object();
  out.key("a");
  out.raw("1");
  out.key("b");
  out.begin_object();
  out.end_object();
  out.key("c");
  out.begin_array();
  out.string("x");
  out.raw("null");
  out.begin_array();
  out.end_array();
  out.end_array();
  out.end_object();
  out.end_array();
  CHECK(sink.text() == R"([
    {
        "a": 1,
        "b": {},
        "c": [
            "x",
            null,
            []
        ]
    }
]
)");
}

TEST_CASE("several top-level values stand on lines of their own") {
  TextSink sink;
  JsonWriter out(sink);
  out.begin_object();
  out.end_object();
  out.raw("2");
  CHECK(sink.text() == "{}\n2\n");
}

TEST_CASE("strings escape what JSON or a terminal would take for a command") {
  CHECK(quoted("a\"b\\c\n\t\r\b\f") == "\"a\\\"b\\\\c\\n\\t\\r\\b\\f\"\n");
  CHECK(quoted(std::string_view("\0\x1b[31m\x7f", 7)) == "\"\\u0000\\u001b[31m\\u007f\"\n");
  CHECK(quoted("\xc2\x9b\xc2\xa0") == "\"\\u009b\xc2\xa0\"\n");
  CHECK(quoted("\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaf") == "\"\\u2028\\u2029\xe2\x80\xaf\"\n");
  CHECK(quoted("<a&b>") == "\"<a&b>\"\n");
  CHECK(quoted("<a&b>", {.escape_html = true}) == "\"\\u003ca\\u0026b\\u003e\"\n");
}

TEST_CASE("escaped strings read back as they were") {
  std::string every;
  for (unsigned c = 0; c < 0x80; ++c) every += static_cast<char>(c);
  every += "\xc2\x80\xc2\x9f\xc3\xa9\xe2\x80\xa8\xe2\x82\xac\xf0\x9f\x98\x80";
  for (const bool html : {false, true}) {
    const auto read = nlohmann::json::parse(quoted(every, {.escape_html = html}), nullptr, false);
    REQUIRE(read.is_string());
    CHECK(read.get<std::string>() == every);
  }
}

TEST_CASE("a sink on a file passes on more than a block, in order") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::string expected;
  {
    TextSink sink(file);
    for (int i = 0; i < 100000; ++i) {
      const std::string text = std::to_string(i) + ",";
      sink.append(text);
      expected += text;
    }
    CHECK(sink.text().size() < expected.size());
    CHECK(sink.flush());
    sink.append("end");
    expected += "end";
  }
  std::string found(expected.size() + 1, '\0');
  std::rewind(file);
  found.resize(std::fread(found.data(), 1, found.size(), file));
  CHECK(found == expected);
  std::fclose(file);
}

TEST_CASE("a sink says when its file does not take the text") {
  std::FILE* full = std::fopen("/dev/full", "w");
  if (full == nullptr) return;
  TextSink sink(full);
  sink.append("x");
  CHECK_FALSE(sink.flush());
  std::fclose(full);
}

TEST_CASE("what changes the direction of text is escaped; its neighbours are not") {
  CHECK(quoted("\u200e\u200f\u2028\u202a\u202e") == "\"\\u200e\\u200f\\u2028\\u202a\\u202e\"\n");
  CHECK(quoted("\u2066\u2069") == "\"\\u2066\\u2069\"\n");
  CHECK(quoted("\u200d\u2010\u2027\u202f\u2065\u206a") ==
        "\"\u200d\u2010\u2027\u202f\u2065\u206a\"\n");
  CHECK(quoted("\xe2\x81") == "\"\xe2\x81\"\n");
}
