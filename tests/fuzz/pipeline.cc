// A dump through everything: tables, listings, traces, causes, rules, reports.
#include <chrono>

#include "fuzz/fuzz.h"
#include "json/document.h"
#include "report/lint_report.h"
#include "report/trace_text.h"
#include "report/why_report.h"
#include "trace/why.h"
#include "xdscope/index.h"
#include "xdscope/lint.h"
#include "xdscope/load.h"
#include "xdscope/tables.h"
#include "xdscope/trace.h"

using namespace xdscope;

namespace {

constexpr std::int64_t kNow = 1'780'000'000;

void show(Result<tables::Table> table) {
  if (table) fuzz::printed(tables::to_text(std::move(*table)));
}

void print_tables(const Index& index) {
  for (const auto columns :
       {tables::Columns::kShort, tables::Columns::kWide, tables::Columns::kAll}) {
    show(tables::clusters(index, {}, columns));
    show(tables::listeners(index, {}, columns));
    show(tables::listener_types(index, {}, columns));
    show(tables::routes(index, {}, columns));
    show(tables::virtual_host_counts(index, {}, columns));
    show(tables::endpoints(index, {}, columns));
    show(tables::eds(index, {}, columns));
    show(tables::secrets(index.snapshot(), kNow, columns));
  }
  show(tables::waypoint_listeners(index));
  show(tables::ecds(index.snapshot(), tables::Columns::kWide));
  show(tables::bootstrap_summary(index.snapshot()));
}

// A request to every host and port of the dump, up to a few.
std::vector<TraceRequest> requests_into(const Index& index) {
  std::vector<TraceRequest> out;
  for (const RouteConfigEntry& entry : index.route_configs()) {
    for (const VirtualHost& host : entry.config->virtual_hosts) {
      TraceRequest request;
      request.authority =
          host.domains.empty() ? "a.example.com" : std::string(host.domains.front());
      out.push_back(request);
      if (out.size() > 8) return out;
    }
  }
  for (const Resource& resource : index.snapshot().resources(Section::kListeners)) {
    if (!resource.serves() || !resource.body.is_object()) continue;
    TraceRequest request;
    request.destination = "10.0.0.1";
    request.port = index.listener(resource).primary().port;
    request.authority = "a.example.com";
    for (const auto direction :
         {TraceRequest::Direction::kInbound, TraceRequest::Direction::kOutbound}) {
      request.direction = direction;
      out.push_back(request);
    }
    if (out.size() > 16) break;
  }
  return out;
}

void trace_requests(const Index& index) {
  Tracer tracer(index);
  for (const TraceRequest& request : requests_into(index)) {
    const auto result = tracer.trace(request);
    if (!result) continue;
    fuzz::require(!result->outcomes.empty(), "a trace has an outcome");
    double share = 0;
    for (const Outcome& outcome : result->outcomes) {
      share += outcome.share;
      fuzz::require(outcome.certain || !outcome.reason.empty(), "what is not certain has a reason");
    }
    fuzz::require(share > 0.999 && share < 1.001, "the shares add up to 1");
    fuzz::printed(report::trace_text(request, *result, false));
  }
}

void explain(const Index& index) {
  for (const char* status : {"404", "403", "503", "NR", "UH", "NC"}) {
    const trace::WhyReport report = trace::explain_status(index, *trace::parse_status(status));
    fuzz::printed(report::why_text(status, "p", report, false));
    (void)report::why_json(status, "p", report);
  }
}

void run_rules(const Index& index) {
  LintOptions options;
  options.select = {"all"};
  options.now = std::chrono::system_clock::time_point(std::chrono::seconds(kNow));
  const Index* const proxies[] = {&index};
  const auto result = lint(proxies, options);
  fuzz::require(result.has_value(), "the built-in rules run");
  for (const std::string_view format : report::lint_formats()) {
    (void)report::lint_report(format, *result, {});
  }
  fuzz::printed(report::lint_text(*result, {}));
  fuzz::require(json::Document::parse(Buffer(report::lint_json(*result, {})), "lint").has_value(),
                "the report is JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto snapshot = load_text(fuzz::text_of(data, size), "fuzz.json");
  if (!snapshot) return 0;
  const Index index(**snapshot);
  print_tables(index);
  trace_requests(index);
  explain(index);
  run_rules(index);
  (void)(*snapshot)->type_problems();
  return 0;
}
