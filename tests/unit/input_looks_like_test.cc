#include "input/looks_like.h"

#include "support/catch.h"

using xdscope::looks_like_json;

TEST_CASE("JSON objects and arrays look like JSON, also when they are cut off") {
  for (const char* text :
       {"{\"a\": 1}", "\xEF\xBB\xBF{\"a\": 1}", " \r\n\t{\n  \"configs\": [", "{}", "[]", "[[]]",
        "{", "[", "[{", "[ {\"a\": ", "[1, 2]", "[\"a\"]", "[-1]", "[true", "[null"}) {
    CAPTURE(text);
    CHECK(looks_like_json(text));
  }
}

TEST_CASE("YAML, Python and all else do not") {
  for (const char* text : {"", "  \n", "configs:\n- a: 1\n", "---\n{\"a\": 1}", "# comment\n{}",
                           "\"a\": 1", "- a", "null", "12", "{'a': 1}", "{a: 1}", "{ a }",
                           "[{'a': 1}]", "[a, b]", "['a']", "<html>", "%YAML 1.2"}) {
    CAPTURE(text);
    CHECK_FALSE(looks_like_json(text));
  }
}
