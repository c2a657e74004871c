// What an Envoy 1.40 made of the same paths and hosts.
#include <string>

#include "support/catch.h"
#include "support/json_text.h"
#include "trace/host_normalization.h"
#include "trace/path_normalization.h"
#include "trace/path_parameters.h"

namespace xdscope::trace {
namespace {

struct PathCase {
  std::string_view before;
  std::string_view after;  // "" for 400
};

std::string canonical(std::string_view path) { return canonical_path(path).value_or(""); }

TEST_CASE("normalize_path gives Chromium's canonical path") {
  const PathCase cases[] = {
      {"/a/../b", "/b"},
      {"/a/./b/", "/a/b/"},
      {"/a/%2e%2e/b", "/b"},
      {"/a/b/..", "/a/"},
      {"/a//../b", "/a/b"},
      {"/a\\b", "/a/b"},
      {"/%41%2d%7e%5f%30", "/A-~_0"},
      {"/%zz/%", "/%zz/%"},
      {"/a%2fb%5Cc", "/a%2fb%5Cc"},
      {"/a%00b", ""},
      {"/../x", "/x"},
      {"/a/b/../../../c", "/c"},
      {"/a;b=1/../c", "/c"},
      {"/.", "/"},
      {"/..", "/"},
      {"/a/.b/..c", "/a/.b/..c"},
      {"/%2E/x", "/x"},
      {"/a/.%2e", "/"},
      {"/%c3%a9", "/%c3%a9"},
      {"/a%20b", "/a%20b"},
      {"/a|b^c`d{e}", "/a%7Cb%5Ec%60d%7Be%7D"},
      {"/a'\"<>b", "/a'%22%3C%3Eb"},
      {"/a%3Ab", "/a%3Ab"},
      {"//", "//"},
      {"//a/..//b", "///b"},
      {"/%4", "/%4"},
      {"/[x]", "/[x]"},
      {"/~!@$&*()_+=-,:", "/~!@$&*()_+=-,:"},
      {"/a%252fb", "/a%252fb"},
      {"/a\\..\\b", "/b"},
      {"/a/...", "/a/..."},
      {"/a%5c%2e%2e/b", "/a%5c../b"},
      {"/%2e%2f", "/.%2f"},
      {"/a/..;/b", "/b"},
      {"/a/..;x/b", "/b"},
      {"/a/.;x/b", "/a/b"},
      {"/a/..;", "/"},
      {"/a/b;..", "/a/b;.."},
      {"/a/%2e%2e;x/b", "/a/..;x/b"},
      {"/a/..%3b/b", "/a/..%3b/b"},
      {"/a/...;/b", "/a/...;/b"},
      {"/a/..;..;/b", "/b"},
      {"/a/b/..;x\\c", "/a/"},
  };
  for (const PathCase& one : cases) {
    INFO(one.before);
    CHECK(canonical(one.before) == one.after);
  }
}

struct ReplyCase {
  std::string_view action;
  bool all;  // normalize_path and merge_slashes, too
  std::string_view before;
  std::uint32_t code;
  std::string_view after;  // the path, or the location
};

TEST_CASE("escaped slashes and merge_slashes") {
  const ReplyCase cases[] = {
      {"KEEP_UNCHANGED", false, "/a%2Fb", 0, "/a%2Fb"},
      {"KEEP_UNCHANGED", false, "/a#b", 400, ""},
      {"KEEP_UNCHANGED", false, "/a?b#c", 400, ""},
      {"KEEP_UNCHANGED", false, "http://h/x", 404, ""},
      {"REJECT_REQUEST", false, "/a%5C", 400, ""},
      {"REJECT_REQUEST", false, "/a?%2f/../", 0, "/a?%2f/../"},
      {"REJECT_REQUEST", false, "/a%252fb", 0, "/a%252fb"},
      {"UNESCAPE_AND_REDIRECT", false, "/a%2fb%5Cc", 307, "/a/b\\c"},
      {"UNESCAPE_AND_REDIRECT", false, "/a/%2F/%2f/c?//", 307, "/a/////c?//"},
      {"UNESCAPE_AND_REDIRECT", true, "/a%2f..%2fb", 307, "/b"},
      {"UNESCAPE_AND_REDIRECT", true, "/a/%2F/%2f/c?//", 307, "/a/c?//"},
      {"UNESCAPE_AND_FORWARD", true, "/a%2fb%5Cc", 0, "/a/b/c"},
      {"UNESCAPE_AND_FORWARD", true, "/a//b///c//", 0, "/a/b/c/"},
      {"UNESCAPE_AND_FORWARD", true, "///", 0, "//"},
      {"UNESCAPE_AND_FORWARD", true, "/a/%2e%2e/b//c?x=//", 0, "/b/c?x=//"},
      {"UNESCAPE_AND_FORWARD", true, "/a%00b", 400, ""},
  };
  for (const ReplyCase& one : cases) {
    INFO(one.action << " " << one.before);
    const auto document = testing::parse_json(
        std::string(R"({"normalize_path": )") + (one.all ? "true" : "false") +
        R"(, "merge_slashes": )" + (one.all ? "true" : "false") +
        R"(, "path_with_escaped_slashes_action": ")" + std::string(one.action) + "\"}");
    HttpRequest request;
    request.path = one.before;
    const auto reply = normalize_path(request, decode_path_options(document->roots().front()));
    CHECK((reply ? reply->code : 0U) == one.code);
    if (one.code == 0) {
      CHECK(request.path == one.after);
    }
    if (one.code == 307) {
      CHECK(reply->location == std::string(one.after));
    }
  }
}

TEST_CASE("a gRPC request with escaped slashes is refused, not redirected") {
  const auto document =
      testing::parse_json(R"({"path_with_escaped_slashes_action": "UNESCAPE_AND_REDIRECT"})");
  HttpRequest request;
  request.path = "/a%2fb";
  request.add("Content-Type", "application/grpc");
  CHECK(normalize_path(request, decode_path_options(document->roots().front()))->code == 400);
}

TEST_CASE("path parameters are handled by segment since the releases of August 2026") {
  constexpr std::string_view kGuard = "strip_path_parameters_per_segment";
  const auto newer = [&](Version envoy) {
    return path_parameters_by_segment(envoy, nullptr, kGuard);
  };
  CHECK(newer({1, 36, 9}) == Verdict::kNo);
  CHECK(newer({1, 36, 10}) == Verdict::kYes);
  CHECK(newer({1, 37, 5}) == Verdict::kNo);
  CHECK(newer({1, 38, 4}) == Verdict::kYes);
  CHECK(newer({1, 39, 0}) == Verdict::kNo);
  CHECK(newer({1, 40, 0}) == Verdict::kYes);
  CHECK(newer({1, 35, 20}) == Verdict::kNo);
  CHECK(newer({}) == Verdict::kUnknown);
  const auto bootstrap = testing::parse_json(
      R"({"layered_runtime": {"layers": [{"name": "l", "static_layer": {
          "envoy.reloadable_features.strip_path_parameters_per_segment": false}}]}})");
  const Runtime runtime(bootstrap->roots().front());
  CHECK(path_parameters_by_segment({1, 40, 0}, &runtime, kGuard) == Verdict::kNo);
  CHECK(without_parameters_by_segment("/a;v=1/b;w?x;y") == "/a/b");
  CHECK(without_parameters_from_first("/a;v=1/b;w?x;y") == "/a");
  CHECK(canonical_path("/a/..;x/b", true) == "/b");
  CHECK(canonical_path("/a/..;x/b", false) == "/a/..;x/b");
}

std::string stripped(std::string host, HostOptions options, std::uint32_t port) {
  HttpRequest request;
  request.authority = std::move(host);
  normalize_host(request, options, port);
  return request.authority;
}

TEST_CASE("host normalisation") {
  const HostOptions any{true, false, false};
  const HostOptions matching{false, true, false};
  const HostOptions dot{false, false, true};
  CHECK(stripped("h:80", any, 8080) == "h");
  CHECK(stripped("h:abc", any, 8080) == "h:abc");
  CHECK(stripped("[::1]", any, 8080) == "[::1]");
  CHECK(stripped("[::1]:80", any, 8080) == "[::1]");
  CHECK(stripped("h:80", matching, 8080) == "h:80");
  CHECK(stripped("h:8080", matching, 8080) == "h");
  CHECK(stripped("a.b.", dot, 0) == "a.b");
  CHECK(stripped("a.b.:80", dot, 0) == "a.b:80");
  CHECK(stripped("a.b", dot, 0) == "a.b");
}

TEST_CASE("characters that no authority has") {
  HttpRequest request;
  for (const std::string_view good : {"a@b", "a_b", "[::1]:80", "a:", ""}) {
    request.authority = good;
    CHECK_FALSE(check_host(request));
  }
  for (const std::string_view bad : {"a b", "a/b", "a#b", "a<b", "a|b", "\xc3\xa9"}) {
    request.authority = bad;
    REQUIRE(check_host(request));
    CHECK(check_host(request)->code == 400);
  }
}

}  // namespace
}  // namespace xdscope::trace
