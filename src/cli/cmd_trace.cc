// `xdscope trace`: what a proxy does with one request, or with many.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/text.h"
#include "base/try.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/proxy_reports.h"
#include "cli/request_options.h"
#include "cli/terminal.h"
#include "input/read.h"
#include "json/document.h"
#include "report/trace_json.h"
#include "report/trace_text.h"
#include "trace/request_lines.h"
#include "xdscope/index.h"
#include "xdscope/trace.h"

namespace xdscope::cli {
namespace {

struct Options {
  InputOptions input;
  RequestOptions request;
  std::string requests_file;
  std::string output = "text";
  std::optional<std::string> expect_cluster;
};

using Snapshots = std::vector<std::unique_ptr<Snapshot>>;

constexpr std::size_t kFlushAt = 1 << 16;

// A request that cannot be sent is the user's mistake, whatever reads it.
std::unexpected<Error> bad_request(Error error) {
  error.code = ErrorCode::kUsage;
  return std::unexpected(std::move(error));
}

// All lines of the file, traced one after another; `proxy` is named where there are several.
Result<void> trace_lines(const Snapshot& snapshot, const json::Document& lines,
                         std::string_view proxy) {
  const Index index(snapshot);
  Tracer tracer(index);
  trace::RequestLine line;
  std::string out;
  for (const json::Value object : lines.roots()) {
    if (auto read = trace::read_request(object, line); !read) {
      XDSCOPE_TRY(print(out));
      return bad_request(std::move(read).error());
    }
    auto result = tracer.trace(line.request, Detail::kOutcomes);
    if (!result) {
      XDSCOPE_TRY(print(out));
      Error error = std::move(result).error();
      error.where = fmt::format("{}:{}", lines.name(), json::position_of(object).line);
      return bad_request(std::move(error));
    }
    report::append_trace_line(out, line.id, *result, proxy);
    if (out.size() > kFlushAt) {
      XDSCOPE_TRY(print(out));
      out.clear();
    }
  }
  return print(out);
}

Result<int> trace_file(const Snapshots& snapshots, const std::string& path) {
  XDSCOPE_TRY_ASSIGN(Buffer text, read_file(path));
  auto lines = json::Document::parse(std::move(text), path == "-" ? "standard input" : path);
  if (!lines) return bad_request(std::move(lines).error());
  for (const auto& snapshot : snapshots) {
    XDSCOPE_TRY(trace_lines(*snapshot, **lines, snapshots.size() > 1 ? snapshot->name() : ""));
  }
  return kExitOk;
}

// 1 where some request does not go to the cluster that was expected.
int expectation(const Options& options, const TraceResult& result, std::string_view proxy) {
  if (!options.expect_cluster) return kExitOk;
  bool met = true;
  for (const Outcome& outcome : result.outcomes) {
    met = met && outcome.kind == Outcome::Kind::kForward && outcome.certain &&
          outcome.cluster == options.expect_cluster;
  }
  if (met) return kExitOk;
  warn(fmt::format("{}expected the cluster {}", proxy, *options.expect_cluster));
  return kExitFindings;
}

Result<int> trace_one(const Snapshots& snapshots, const Options& options) {
  XDSCOPE_TRY_ASSIGN(const TraceRequest request, options.request.request());
  const bool many = snapshots.size() > 1;
  const bool lines = options.output == "jsonl";
  ProxyReports reports(options.output, many && !lines);
  int status = kExitOk;
  for (const auto& snapshot : snapshots) {
    const Index index(*snapshot);
    Tracer tracer(index);
    XDSCOPE_TRY_ASSIGN(const TraceResult result,
                       tracer.trace(request, lines ? Detail::kOutcomes : Detail::kSteps));
    std::string report;
    if (lines) {
      report::append_trace_line(report, "null", result, many ? snapshot->name() : "");
    } else if (options.output == "json") {
      report = report::trace_document(request, result);
    } else {
      report = report::trace_text(request, result, use_color());
    }
    reports.add(*snapshot, report);
    const std::string proxy = many ? printable(snapshot->name()) + ": " : "";
    status = std::max(status, expectation(options, result, proxy));
  }
  XDSCOPE_TRY(reports.finish());
  return status;
}

Result<int> run(Options& options) {
  // A request's last words are its method and URL; what stands before them is the proxy.
  if (auto target = options.request.take_target(options.input.given())) {
    options.input.fetch.targets.push_back(*target);
  }
  const bool many = !options.requests_file.empty();
  if (many && options.request.given()) {
    return fail(ErrorCode::kUsage,
                "--requests and a request on the command line exclude each other");
  }
  if (many && options.expect_cluster) {
    return fail(ErrorCode::kUsage, "--expect-cluster takes one request, not --requests");
  }
  if (many && options.output == "json") {
    return fail(ErrorCode::kUsage, "--requests gives one JSON object for each request, a line each",
                {}, "-o jsonl");
  }
  XDSCOPE_TRY_ASSIGN(const auto snapshots, options.input.load());
  auto status = many ? trace_file(snapshots, options.requests_file) : trace_one(snapshots, options);
  for (const auto& snapshot : snapshots) report_type_problems(*snapshot);
  return status;
}

}  // namespace

void add_trace_command(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("trace", "What the proxy does with one request, step by step, and why");
  options->input.add_file_to(*command, "trace");
  options->request.add_to(*command);
  command->add_option(
      "--requests", options->requests_file,
      "Trace every request of this file, a JSON object a line (- is standard input)");
  command->add_option("--expect-cluster", options->expect_cluster,
                      "Exit with status 1 unless every request goes to this cluster");
  command->add_option("-o,--output", options->output, "text, json or jsonl")
      ->check(CLI::IsMember({"text", "short", "json", "jsonl"}));
  command->callback(
      [options, &invocation] { invocation.run = [options] { return run(*options); }; });
}

}  // namespace xdscope::cli
