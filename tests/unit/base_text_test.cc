#include "base/text.h"

#include "base/certificate.h"
#include "base/time.h"
#include "support/catch.h"

using namespace xdscope;

TEST_CASE("globs") {
  CHECK(glob_match("*", ""));
  CHECK(glob_match("a*c", "abbc"));
  CHECK(glob_match("a*b*c", "axbxbc"));
  CHECK_FALSE(glob_match("a*c", "abd"));
  CHECK(glob_match("a?c", "abc"));
  CHECK_FALSE(glob_match("a?c", "ac"));
}

TEST_CASE("what could speak to a terminal becomes visible") {
  CHECK(printable("a\x1b[31mb\n") == "a\\x1b[31mb\\x0a");
  CHECK(printable("\xc2\x9b") == "\\x9b");
  CHECK(printable("\xe2\x80\xae") == "\\u202e");
  CHECK(printable("caf\xc3\xa9") == "caf\xc3\xa9");
  CHECK(printable("\xff") == "\\xff");
}

TEST_CASE("edit distance") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("--fdqn", "--fqdn") == 2);
  CHECK(edit_distance("same", "same") == 0);
}

TEST_CASE("times") {
  CHECK(parse_time("1970-01-02T00:00:00Z") == 86400);
  CHECK(parse_time("1970-01-01T02:00:00.5+02:00") == 0);
  CHECK_FALSE(parse_time("yesterday"));
  CHECK(parse_time("1969-12-31t22:30:00-01:30") == 0);
  for (const char* bad : {"1970-01-01T00:00:00", "1970-13-01T00:00:00Z", "1970-01-01T24:00:00Z",
                          "1970-1-1T00:00:00Z", "1970-01-01T00:00:00Zx", "1970-01-01T00:00:00+2:00",
                          "+970-01-01T00:00:00Z", "1970-01-01T00:00:00.Z ", ""}) {
    INFO(bad);
    CHECK_FALSE(parse_time(bad));
  }
  CHECK(format_time(86399) == "1970-01-01T23:59:59Z");
}

TEST_CASE("base64, both alphabets") {
  CHECK(decode_base64("aGk=") == "hi");
  CHECK(decode_base64("_-8") == "\xff\xef");
  CHECK_FALSE(decode_base64("a b"));
}

TEST_CASE("a serial number keeps its sign") {
  const auto certificate = parse_certificate(R"(-----BEGIN CERTIFICATE-----
MIIBXjCCAQSgAwIBAgIB+zAKBggqhkjOPQQDAjAOMQwwCgYDVQQDDANuZWcwHhcN
MjYxMTI2MTU0NjUxWhcNMjYxMTI3MTU0NjUxWjAOMQwwCgYDVQQDDANuZWcwWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAARr6hsF9/l59B27mrD+MS9WH+XlMfCEVI89
JON4UqM0YbOC7UiWzyu4r/JZaCCZgRG3CeEAJWuRVLsgHLdKf4GFo1MwUTAdBgNV
HQ4EFgQUNODj5ixnG7mgbCU4vyZpI7Ha6R0wHwYDVR0jBBgwFoAUNODj5ixnG7mg
bCU4vyZpI7Ha6R0wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEA
y6/cM7KUZhgbacCfpLQdgWqD7LKyX1b5jUNGsZKX6b8CICGoezpssptzWbfdvIYD
WHeIDPWDuypRfvoU7cFxZ+Oy
-----END CERTIFICATE-----
)");
  REQUIRE(certificate);
  CHECK(certificate->serial == "-0000000000000000000000000000005");
}
