// What decides about a request, and what is not known, piece by piece.
#include "support/catch.h"
#include "support/dump_text.h"
#include "support/json_text.h"
#include "trace/http1_codec.h"
#include "trace/rbac.h"

using namespace xdscope;
using namespace xdscope::testing;
using namespace xdscope::trace;

namespace {

// What an ALLOW policy for this principal says of a client.
Verdict allowed(const std::string& principal, const Connection& connection,
                const HttpRequest& request = {}, Repeats repeats = Repeats::kEach) {
  const auto document =
      parse_json(R"({"policies": {"p": {"permissions": [{"any": true}], "principals": [)" +
                 principal + "]}}}");
  const StreamState stream;
  return RbacEngine(document->roots().front(), {}, repeats)
      .evaluate({request, connection, stream, request.path}, false)
      .allowed;
}

Connection tls(std::optional<std::string_view> identity) {
  Connection out;
  out.tls = out.tls_terminated = true;
  out.identity = identity;
  return out;
}

}  // namespace

TEST_CASE("RBAC: authenticated without a name is any TLS client") {
  const std::string any = R"({"authenticated": {}})";
  CHECK(allowed(any, Connection()) == Verdict::kNo);
  CHECK(allowed(any, tls({})) == Verdict::kYes);
  CHECK(allowed(any, tls("")) == Verdict::kYes);
}

TEST_CASE("RBAC: a client without a certificate has an empty name") {
  CHECK(allowed(R"({"authenticated": {"principal_name": {"exact": ""}}})", tls("")) ==
        Verdict::kYes);
  CHECK(allowed(R"({"authenticated": {"principal_name": {"prefix": "spiffe://"}}})", tls("")) ==
        Verdict::kNo);
  CHECK(allowed(R"({"authenticated": {"principal_name": {"prefix": "spiffe://"}}})", tls({})) ==
        Verdict::kUnknown);
}

TEST_CASE("RBAC: a repeated header of a release that is not known") {
  const std::string two = R"({"header": {"name": "x", "string_match": {"exact": "2"}}})";
  HttpRequest request;
  request.add("x", "1");
  request.add("x", "2");
  CHECK(allowed(two, {}, request, rbac_header_repeats({})) == Verdict::kUnknown);
  CHECK(allowed(two, {}, request, rbac_header_repeats({1, 36, 4})) == Verdict::kNo);
  CHECK(allowed(two, {}, request, rbac_header_repeats({1, 36, 5})) == Verdict::kYes);
}

TEST_CASE("the runtime decides how repeated headers are compared") {
  const auto off = parse_json(R"({"layered_runtime": {"layers": [{"static_layer": {
    "envoy.reloadable_features.match_headers_individually": false}}]}})");
  const Runtime runtime(off->roots().front());
  CHECK(header_repeats({1, 40, 0}) == Repeats::kEach);
  CHECK(header_repeats({1, 40, 0}, &runtime) == Repeats::kJoined);
}

TEST_CASE("a header whose value only the proxy knows is there") {
  HttpRequest request;
  request.set_unknown("x-request-id");
  const auto matches = [&](const std::string& rest) {
    const auto document = parse_json(R"({"name": "x-request-id", )" + rest + "}");
    return HeaderCriterion(decode_header_matcher(document->roots().front()), Repeats::kEach)
        .matches(request);
  };
  CHECK(matches(R"("present_match": true)") == Verdict::kYes);
  CHECK(matches(R"("string_match": {"exact": "1"})") == Verdict::kUnknown);
}

TEST_CASE("HTTP/2 requests are reset rather than answered") {
  CodecOptions options;
  options.reject_underscores = true;
  HttpRequest request;
  CHECK_FALSE(pass_http2_codec(request, options));
  request.add("x_a", "1");
  auto refused = pass_http2_codec(request, options);
  REQUIRE(refused);
  CHECK(refused->reset);
  CHECK(refused->details == "http2.unexpected_underscore");
  options.reject_underscores = false;
  options.drop_underscores = true;
  CHECK_FALSE(pass_http2_codec(request, options));
  CHECK_FALSE(request.has("x_a"));
  for (int i = 0; i < 97; ++i) request.add("x-" + std::to_string(i), "1");
  refused = pass_http2_codec(request, options);
  REQUIRE(refused);
  CHECK(refused->details == "http2.too_many_headers");
  request.headers.clear();
  request.path = "a";
  refused = pass_http2_codec(request, options);
  REQUIRE(refused);
  CHECK(refused->details == "http2.violation.of.messaging.rule");
}

TEST_CASE("HTTP/2 joins the parts of a cookie") {
  HttpRequest request;
  request.add("cookie", "a=1");
  request.add("cookie", "b=2");
  CHECK_FALSE(pass_http2_codec(request, {}));
  CHECK(request.values("cookie") == std::vector<std::string_view>{"a=1; b=2"});
}

TEST_CASE("scopes that are not in the dump are not known") {
  const std::string scoped = R"("scoped_routes": {"name": "s", "scope_key_builder": {"fragments": [
    {"header_value_extractor": {"name": "x-s", "element_separator": ",", "index": 0}}]},
    "scoped_rds": {"scoped_rds_config_source": {"ads": {}}}})";
  DumpText dump;
  dump.listeners = {listener("l", "0.0.0.0", 80, {http_chain(scoped)})};
  TraceRequest request = request_to("10.0.0.1", 80, "h", "/");
  request.headers = {{"x-s", "a"}};
  const Outcome outcome = TracedDump(dump).one(request);
  CHECK_FALSE(outcome.certain);
}
