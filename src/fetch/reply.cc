// Tells what an admin port answered when it is not what was asked for.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "fetch/admin_client.h"

namespace xdscope::fetch {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
// What Envoy's admin handler writes, with status 200 or 500, when a message holds an Any of a type
// that it was not built with (MessageUtil::getJsonStringFromMessageOrError).
constexpr std::string_view kCannotPrint = "Failed to convert protobuf message to JSON string";

std::string first_line(std::string_view body) {
  std::string_view line = trim(body.substr(0, 4096));
  line = line.substr(0, line.find('\n'));
  constexpr std::size_t kShown = 200;
  const bool cut = line.size() > kShown;
  return printable(trim(line.substr(0, kShown))) + (cut ? "…" : "");
}

bool is_html(std::string_view body) {
  const std::string head = to_lower(trim(body.substr(0, 64)));
  return head.starts_with("<!doctype html") || head.starts_with("<html");
}

constexpr std::string_view kCannotPrintMessage = "Envoy cannot print its configuration";

}  // namespace

bool was_answered(const Error& error) {
  return error.message.starts_with(kCannotPrintMessage) ||
         error.message.starts_with("the answer is ");
}

Result<void> check_reply(const Buffer& body, Expect expect, const std::string& where) {
  const std::string_view text = body.view();
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) {
    return fail(ErrorCode::kFetch, "the reply is empty", where,
                "is this Envoy's admin port? try it again, and /ready at the same port");
  }
  const std::string_view content = text.substr(begin);
  if (content.starts_with(kCannotPrint)) {
    return fail(ErrorCode::kFetch, fmt::format("{}: {}", kCannotPrintMessage, first_line(content)),
                where,
                "an extension in it is unknown to this Envoy; ask for the sections without it "
                "(?mask=dynamic_active_clusters), or save what the control plane holds "
                "(/debug/config_dump?proxyID=) and read it with -f");
  }
  if (is_html(content)) {
    return fail(ErrorCode::kFetch, "the reply is a web page, not an admin port's", where,
                "something else listens there; Istio's admin port is 15000");
  }
  if (expect == Expect::kJson && content.front() != '{' && content.front() != '[') {
    return fail(ErrorCode::kFetch,
                fmt::format("the reply is no JSON, it says: {}", first_line(content)), where,
                "is this Envoy's admin port, and not a listener or another program?");
  }
  return {};
}

}  // namespace xdscope::fetch
