#include "base/yaml_core_schema.h"

#include "support/catch.h"

using namespace xdscope;

namespace {

std::string json(std::string_view text) {
  const YamlType type = yaml_core_type(text);
  return type == YamlType::kString ? "string" : yaml_core_json(type, text);
}

}  // namespace

TEST_CASE("plain scalars mean what the core schema of YAML 1.2 says") {
  for (const char* text : {"", "~", "null", "Null", "NULL"}) CHECK(json(text) == "null");
  for (const char* text : {"true", "True", "TRUE"}) CHECK(json(text) == "true");
  for (const char* text : {"false", "False", "FALSE"}) CHECK(json(text) == "false");
  for (const char* text : {"yes", "no", "on", "off", "y", "n", "tRUE", "nULL", "truer"}) {
    CHECK(json(text) == "string");
  }
}

TEST_CASE("whole numbers come out as JSON has them, digit for digit") {
  CHECK(json("0") == "0");
  CHECK(json("-7") == "-7");
  CHECK(json("+7") == "7");
  CHECK(json("012") == "12");
  CHECK(json("-007") == "-7");
  CHECK(json("000") == "0");
  CHECK(json("18446744073709551616000") == "18446744073709551616000");
  CHECK(json("0o17") == "15");
  CHECK(json("0x1F") == "31");
  CHECK(json("0xffffffffffffffff") == "18446744073709551615");
  for (const char* text : {"1_000", "0o18", "0x", "0xfg", "0b11", "+", "-", "1-2",
                           "0x1ffffffffffffffff", "-0x1F", "1 2", "10.0.0.1", "1:30"}) {
    CAPTURE(text);
    CHECK(json(text) == "string");
  }
}

TEST_CASE("fractions and exponents come out as JSON has them") {
  CHECK(json(".5") == "0.5");
  CHECK(json("-.5") == "-0.5");
  CHECK(json("1.") == "1.0");
  CHECK(json("+01.50") == "1.50");
  CHECK(json("1e3") == "1e3");
  CHECK(json("1.e-3") == "1.0e-3");
  CHECK(json("00.0E+10") == "0.0E+10");
  CHECK(json(".inf") == "\"Infinity\"");
  CHECK(json("+.INF") == "\"Infinity\"");
  CHECK(json("-.Inf") == "\"-Infinity\"");
  CHECK(json(".nan") == "\"NaN\"");
  for (const char* text : {".", "-.", "1e", "1e+", ".e3", "e3", "1.2.3", "inf", ".infinity",
                           "-.nan", "9e5580933739775e8", "5s"}) {
    CAPTURE(text);
    CHECK(json(text) == "string");
  }
}
