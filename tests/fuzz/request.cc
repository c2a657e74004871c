// Requests: a URL, JSON lines, a line of an access log; and what a small proxy does with them.
#include <memory>

#include "fuzz/fuzz.h"
#include "fuzz/small_proxy.h"
#include "json/document.h"
#include "report/trace_json.h"
#include "report/trace_text.h"
#include "trace/access_log.h"
#include "trace/request_lines.h"
#include "trace/url.h"
#include "xdscope/load.h"
#include "xdscope/trace.h"

using namespace xdscope;

namespace {

void trace_one(const TraceRequest& request) {
  static const std::unique_ptr<Snapshot> kProxy = std::move(*load_text(fuzz::kSmallProxy, "proxy"));
  static const Index kIndex(*kProxy);
  static Tracer tracer(kIndex);
  const auto result = tracer.trace(request);
  if (!result) {
    fuzz::require(result.error().code == ErrorCode::kUsage,
                  "a request that cannot be sent is usage");
    return;
  }
  double share = 0;
  for (const Outcome& outcome : result->outcomes) share += outcome.share;
  fuzz::require(share > 0.999 && share < 1.001, "the shares add up to 1");
  fuzz::printed(report::trace_text(request, *result, false));
  const std::string document = report::trace_document(request, *result);
  fuzz::require(json::Document::parse(Buffer(document), "trace").has_value(), "a trace is JSON");
}

void read_lines(std::string_view text) {
  const auto document = json::Document::parse(Buffer(text), "fuzz.jsonl");
  if (!document) return;
  trace::RequestLine line;
  for (const json::Value object : (*document)->roots()) {
    if (!trace::read_request(object, line)) return;
    trace_one(line.request);
  }
}

void read_url(std::string_view text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const auto url = trace::parse_url(text.substr(0, end));
  if (!url) return;
  TraceRequest request;
  request.scheme = url->scheme;
  request.authority = url->authority;
  request.path = url->path;
  // What follows the URL are headers, a line each.
  for (text.remove_prefix(end); !text.empty();) {
    text.remove_prefix(1);
    const std::string_view header = text.substr(0, text.find('\n'));
    const std::size_t colon = header.find(':');
    if (colon != std::string_view::npos) {
      request.headers.emplace_back(header.substr(0, colon), header.substr(colon + 1));
    }
    text.remove_prefix(header.size());
  }
  trace_one(request);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read_url(text);
  read_lines(text);
  if (const auto request = trace::parse_access_log_line(text)) trace_one(*request);
  return 0;
}
