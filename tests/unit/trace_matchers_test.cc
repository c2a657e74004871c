// Header, query parameter and cookie matchers, one by one.
#include <string>

#include "support/catch.h"
#include "support/json_text.h"
#include "trace/matchers.h"
#include "trace/random_set.h"

namespace xdscope::trace {
namespace {

constexpr Version kNew{1, 40, 0};

HttpRequest with_header(std::string_view name, std::string_view value) {
  HttpRequest request;
  request.add(name, value);
  return request;
}

Verdict header(std::string_view json, const HttpRequest& request) {
  const auto document = testing::parse_json(json);
  return HeaderCriterion(decode_header_matcher(document->roots().front()), header_repeats(kNew))
      .matches(request);
}

TEST_CASE("header matchers on a header that is there") {
  const HttpRequest request = with_header("X", "Abc");
  CHECK(header(R"({"name": "x", "string_match": {"exact": "Abc"}})", request) == Verdict::kYes);
  CHECK(header(R"({"name": "X", "string_match": {"exact": "abc"}})", request) == Verdict::kNo);
  CHECK(header(R"({"name": "x", "string_match": {"exact": "aBC", "ignore_case": true}})",
               request) == Verdict::kYes);
  CHECK(header(R"({"name": "x", "string_match": {"prefix": "Ab"}})", request) == Verdict::kYes);
  CHECK(header(R"({"name": "x", "string_match": {"suffix": "bc"}})", request) == Verdict::kYes);
  CHECK(header(R"({"name": "x", "string_match": {"contains": "b"}})", request) == Verdict::kYes);
  CHECK(header(R"({"name": "x", "string_match": {"safe_regex": {"regex": "A.c"}}})", request) ==
        Verdict::kYes);
  CHECK(header(R"({"name": "x", "string_match": {"safe_regex": {"regex": "A."}}})", request) ==
        Verdict::kNo);
  CHECK(header(R"({"name": "x", "exact_match": "Abc", "invert_match": true})", request) ==
        Verdict::kNo);
  CHECK(header(R"({"name": "x", "exact_match": ""})", request) == Verdict::kYes);
  CHECK(header(R"({"name": "x", "string_match": {"exact": ""}})", request) == Verdict::kNo);
  CHECK(header(R"({"name": "x"})", request) == Verdict::kYes);
  CHECK(header(R"({"name": "x", "present_match": false})", request) == Verdict::kNo);
}

TEST_CASE("header matchers on a header that is missing") {
  const HttpRequest request;
  CHECK(header(R"({"name": "x", "string_match": {"exact": "1"}, "invert_match": true})", request) ==
        Verdict::kNo);
  CHECK(header(R"({"name": "x", "string_match": {"exact": "1"}, "invert_match": true,
                   "treat_missing_header_as_empty": true})",
               request) == Verdict::kYes);
  CHECK(header(R"({"name": "x", "present_match": false})", request) == Verdict::kYes);
  CHECK(header(R"({"name": "x", "present_match": true, "invert_match": true})", request) ==
        Verdict::kYes);
  CHECK(header(R"({"name": "x", "present_match": true, "treat_missing_header_as_empty": true})",
               request) == Verdict::kYes);
  CHECK(header(R"({"name": "x"})", request) == Verdict::kNo);
}

TEST_CASE("ranges take whole numbers only") {
  const std::string_view range = R"({"name": "x", "range_match": {"start": "-1", "end": "10"}})";
  CHECK(header(range, with_header("x", "-1")) == Verdict::kYes);
  CHECK(header(range, with_header("x", "9")) == Verdict::kYes);
  CHECK(header(range, with_header("x", "10")) == Verdict::kNo);
  CHECK(header(range, with_header("x", "1a")) == Verdict::kNo);
  CHECK(header(range, with_header("x", "1.5")) == Verdict::kNo);
}

TEST_CASE("pseudo-headers") {
  HttpRequest request;
  request.method = "PUT";
  request.authority = "h:80";
  request.path = "/a?b";
  CHECK(header(R"({"name": ":method", "string_match": {"exact": "PUT"}})", request) ==
        Verdict::kYes);
  CHECK(header(R"({"name": "Host", "string_match": {"exact": "h:80"}})", request) == Verdict::kYes);
  CHECK(header(R"({"name": ":path", "string_match": {"suffix": "?b"}})", request) == Verdict::kYes);
}

TEST_CASE("inline headers are joined when they arrive, others stay apart") {
  HttpRequest request;
  for (const std::string_view name : {"Accept", "x-plain"}) {
    request.add(name, "1");
    request.add(name, "2");
  }
  CHECK(request.values("accept").size() == 1);
  CHECK(request.joined("accept") == "1,2");
  CHECK(request.values("x-plain").size() == 2);
}

Verdict query(std::string_view json, std::string_view path, Version envoy = kNew) {
  const auto document = testing::parse_json(R"({"match": {"prefix": "/", "query_parameters": [)" +
                                            std::string(json) + "]}}");
  const Route route = decode_route(document->roots().front());
  HttpRequest request;
  request.path = path;
  return QueryCriterion(route.match.query_parameters.at(0), envoy).matches(request);
}

TEST_CASE("query parameters") {
  const std::string_view exact = R"({"name": "k", "string_match": {"exact": "v"}})";
  CHECK(query(exact, "/?k=v") == Verdict::kYes);
  CHECK(query(exact, "/?a&k=v") == Verdict::kYes);
  CHECK(query(exact, "/?k=x&k=v") == Verdict::kNo);
  CHECK(query(exact, "/?k=%76") == Verdict::kNo);
  CHECK(query(exact, "/?K=v") == Verdict::kNo);
  CHECK(query(R"({"name": "k"})", "/?k") == Verdict::kYes);
  const std::string_view absent = R"({"name": "k", "present_match": false})";
  CHECK(query(absent, "/") == Verdict::kYes);
  CHECK(query(absent, "/", Version{1, 33, 0}) == Verdict::kNo);
  CHECK(query(absent, "/", Version{}) == Verdict::kUnknown);
}

TEST_CASE("a missing cookie matches when inverted") {
  const auto document = testing::parse_json(
      R"({"match": {"prefix": "/", "cookies": [{"name": "c", "string_match": {"exact": "v"}, "invert_match": true}]}})");
  const Route route = decode_route(document->roots().front());
  const CookieCriterion criterion(route.match.cookies.at(0));
  CHECK(criterion.matches(HttpRequest{}) == Verdict::kYes);
  CHECK(criterion.matches(with_header("cookie", "a=1; c=\"v\"; c=x")) == Verdict::kNo);
}

TEST_CASE("shares of a random number") {
  CHECK(RandomSet().share() == Approx(1));
  CHECK(RandomSet().with(100, 0, 30).with(100, 20, 100).share() == Approx(0.1));
  // 7 and 10 have no common divisor: independent.
  CHECK(RandomSet().with(7, 0, 3).with(10, 0, 5).share() == Approx(3.0 / 14));
  // Counted: of 60 numbers, those below 9 by 12 and from 13 to below 19 by 20.
  int both = 0;
  for (int i = 0; i < 60; ++i) both += i % 12 >= 5 && i % 12 < 9 && i % 20 >= 13 && i % 20 < 19;
  CHECK(RandomSet().with(12, 5, 9).with(20, 13, 19).share() == Approx(both / 60.0));
  // No loop over a large common divisor.
  CHECK(RandomSet()
            .with(4'000'000'000, 0, 1'000'000'000)
            .with(2'000'000'000, 0, 500'000'000)
            .share() == Approx(0.125));
  // Multiples: numbers below 15 of 100 that leave 0 to 4 by 10.
  CHECK(RandomSet().with(100, 0, 15).with(10, 0, 5).share() == Approx(0.1));
  CHECK(RandomSet(std::uint64_t{205}).with(100, 0, 6).share() == Approx(1));
  CHECK(RandomSet(std::uint64_t{205}).with(100, 0, 5).empty());
}

}  // namespace
}  // namespace xdscope::trace
