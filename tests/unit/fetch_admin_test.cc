#include "fetch/admin_client.h"

#include "support/catch.h"

using namespace xdscope;
using namespace xdscope::fetch;

namespace {

std::string address(std::string_view url) {
  const auto parsed = parse_admin_url(url);
  return parsed ? parsed->text() : "refused";
}

std::string fault(std::string_view body, Expect expect = Expect::kJson) {
  const auto checked = check_reply(Buffer(body), expect, "here");
  return checked ? "" : checked.error().message;
}

}  // namespace

TEST_CASE("addresses of admin ports") {
  CHECK(address("http://127.0.0.1:15000") == "http://127.0.0.1:15000");
  CHECK(address("http://localhost:1/") == "http://localhost:1");
  CHECK(address("10.0.0.1:15000") == "http://10.0.0.1:15000");
  CHECK(address("http://[::1]:15000") == "http://[::1]:15000");
  CHECK(address("unix:///var/run/admin.sock") == "unix:///var/run/admin.sock");
  CHECK(address("unix:/a b") == "unix:///a b");
  for (const char* bad :
       {"", "http://", "http://host", "http://host:", "http://host:0", "http://host:65536",
        "http://host:1x", "http://:15000", "https://host:15000", "ftp://host:1",
        "http://user@host:1", "http://host:1/path", "http://host:1?q", "http://[::1:1",
        "http://[::1]x:1", "unix://relative", "unix:", "http://a\r\nb:1", "http://::1:1"}) {
    INFO(bad);
    CHECK(address(bad) == "refused");
  }
  CHECK(address("unix:///" + std::string(200, 'x')) == "refused");
  CHECK(parse_admin_url("x").error().code == ErrorCode::kUsage);
}

TEST_CASE("replies that are no admin port's are told as what they are") {
  CHECK(fault("{}") == "");
  CHECK(fault(" \n[]") == "");
  CHECK(fault("") == "the reply is empty");
  CHECK(fault(" \n ") == "the reply is empty");
  CHECK_THAT(fault("<!DOCTYPE html><html>"), ContainsSubstring("web page"));
  CHECK_THAT(fault("<HTML>", Expect::kText), ContainsSubstring("web page"));
  CHECK_THAT(fault("no healthy upstream"), ContainsSubstring("it says: no healthy upstream"));
  CHECK_THAT(fault("\x1b[31mred"), ContainsSubstring("\\x1b"));
  CHECK(fault("active loggers:\n", Expect::kText) == "");
  CHECK_THAT(
      fault("Failed to convert protobuf message to JSON string: INVALID_ARGUMENT: could not "
            "find @type 'type.googleapis.com/istio.x'"),
      ContainsSubstring("Envoy cannot print its configuration") && ContainsSubstring("istio.x"));
}

TEST_CASE("an admin port that is not there") {
  Limits limits;
  const auto refused = request({"127.0.0.1", 1, ""}, Method::kGet, "/", Expect::kJson, limits);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kFetch);
  CHECK_THAT(refused.error().message, ContainsSubstring("refused"));
  CHECK(refused.error().where == "http://127.0.0.1:1");
  const auto no_socket =
      request({"", 0, "/nowhere/admin"}, Method::kGet, "/", Expect::kJson, limits);
  CHECK(no_socket.error().message == "there is no such socket");
}
