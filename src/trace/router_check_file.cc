// Reading of route tests.
#include <fmt/format.h>

#include "base/try.h"
#include "input/yaml_to_json.h"
#include "json/document.h"
#include "trace/router_check.h"

namespace xdscope::trace {
namespace {

// Commas before a closing bracket become blanks, so that positions stay.
std::string without_trailing_commas(std::string_view text) {
  std::string out(text);
  bool quoted = false;
  std::size_t comma = std::string::npos;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const char c = out[i];
    if (quoted) {
      if (c == '\\') ++i;
      quoted = c != '"';
      continue;
    }
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') continue;
    if ((c == ']' || c == '}') && comma != std::string::npos) out[comma] = ' ';
    comma = c == ',' ? i : std::string::npos;
    quoted = c == '"';
  }
  return out;
}

Result<Buffer> to_json(std::string_view text, const std::string& name) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    return Buffer(without_trailing_commas(text));
  }
  const std::string_view word = first == std::string_view::npos ? text : text.substr(first);
  if (word.starts_with("tests {") || word.starts_with("tests{")) {
    return fail(ErrorCode::kInput, "route tests in protobuf's text format are not read", name,
                "write them as JSON or YAML");
  }
  return yaml_to_json(text, name);
}

Result<void> check_test(json::Value test, const std::string& name) {
  const auto where = [&](json::Value at) {
    return fmt::format("{}:{}", name, json::position_of(at).line);
  };
  if (test["test_name"].text().empty()) {
    return fail(ErrorCode::kInput, "a test has no test_name", where(test));
  }
  const json::Value input = test["input"];
  for (const std::string_view field : {"authority", "path", "method"}) {
    if (input[field].text().empty()) {
      return fail(ErrorCode::kInput,
                  fmt::format("test '{}' has no input.{}", test["test_name"].text(), field),
                  where(input ? input : test));
    }
  }
  return {};
}

}  // namespace

RouteTestFile::RouteTestFile() = default;
RouteTestFile::~RouteTestFile() = default;
RouteTestFile::RouteTestFile(RouteTestFile&&) noexcept = default;
RouteTestFile& RouteTestFile::operator=(RouteTestFile&&) noexcept = default;

Result<RouteTestFile> RouteTestFile::parse(std::string_view text, std::string name) {
  constexpr std::string_view kHint =
      "route tests are JSON or YAML with a list `tests` (Envoy's router_check_tool format)";
  XDSCOPE_TRY_ASSIGN(Buffer json_text, to_json(text, name));
  RouteTestFile out;
  out.name_ = std::move(name);
  XDSCOPE_TRY_ASSIGN(out.document_, json::Document::parse(std::move(json_text), out.name_));
  for (const json::Value root : out.document_->roots()) {
    for (const json::Member member : root.members()) {
      if (member.is("tests")) continue;
      return fail(ErrorCode::kInput, fmt::format("unknown field '{}' in route tests", member.key),
                  fmt::format("{}:{}", out.name_, json::position_of(member.value).line),
                  std::string(kHint));
    }
    for (const json::Value test : root["tests"].elements()) {
      XDSCOPE_TRY(check_test(test, out.name_));
      out.tests_.push_back(test);
    }
  }
  if (out.tests_.empty()) {
    return fail(ErrorCode::kInput, "no route tests", out.name_, std::string(kHint));
  }
  return out;
}

}  // namespace xdscope::trace
