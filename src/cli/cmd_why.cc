// `xdscope why`: every way the proxy can answer a status, or why it gives it to one request.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/try.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/proxy_reports.h"
#include "cli/request_options.h"
#include "cli/terminal.h"
#include "report/trace_json.h"
#include "report/trace_text.h"
#include "report/why_report.h"
#include "trace/why.h"
#include "xdscope/index.h"
#include "xdscope/trace.h"

namespace xdscope::cli {
namespace {

struct Options {
  InputOptions input;
  RequestOptions request;
  std::string output = "text";
};

bool answers(const Outcome& outcome, const trace::StatusQuery& query) {
  if (query.code != 0) {
    return outcome.kind == Outcome::Kind::kReply && outcome.code == query.code;
  }
  return ("," + outcome.flags + ",").find("," + query.flag + ",") != std::string::npos;
}

Result<std::string> why_request(const Snapshot& snapshot, const Options& options,
                                std::string_view status, const trace::StatusQuery& query) {
  XDSCOPE_TRY_ASSIGN(const TraceRequest request, options.request.request());
  const Index index(snapshot);
  Tracer tracer(index);
  XDSCOPE_TRY_ASSIGN(const TraceResult result, tracer.trace(request));
  if (options.output == "json") return report::trace_document(request, result);
  const bool found = std::any_of(result.outcomes.begin(), result.outcomes.end(),
                                 [&](const Outcome& outcome) { return answers(outcome, query); });
  const bool markdown = options.output == "markdown";
  std::string out;
  if (!found) {
    out = fmt::format(
        "By this configuration the request does not end in {}; this is what happens:\n\n", status);
  }
  const std::string steps = report::trace_text(request, result, !markdown && use_color());
  return out + (markdown ? fmt::format("```\n{}```\n", steps) : steps);
}

std::string why_status(const Snapshot& snapshot, const Options& options, std::string_view status,
                       const trace::StatusQuery& query) {
  const Index index(snapshot);
  const trace::WhyReport report = trace::explain_status(index, query);
  if (options.output == "json") return report::why_json(status, snapshot.name(), report);
  return options.output == "markdown"
             ? report::why_markdown(status, snapshot.name(), report)
             : report::why_text(status, snapshot.name(), report, use_color());
}

Result<int> run(Options& options) {
  // [TARGET] STATUS [TARGET] [[METHOD] URL]: the status is the first word that is one.
  auto& words = options.request.words;
  const auto status_at = std::find_if(words.begin(), words.end(), [](const std::string& word) {
    return trace::parse_status(word).has_value();
  });
  if (status_at == words.end()) {
    if (!words.empty()) {
      XDSCOPE_TRY(trace::parse_status(words.front()));
    }
    return fail(ErrorCode::kUsage, "no status given", {},
                "for example: xdscope why 404 -f dump.json");
  }
  const std::string status = std::move(*status_at);
  XDSCOPE_TRY_ASSIGN(const trace::StatusQuery query, trace::parse_status(status));
  options.input.fetch.targets.insert(options.input.fetch.targets.end(), words.begin(), status_at);
  words.erase(words.begin(), status_at + 1);
  if (auto target = options.request.take_target(options.input.given())) {
    options.input.fetch.targets.push_back(*target);
  }
  XDSCOPE_TRY_ASSIGN(const auto snapshots, options.input.load());
  ProxyReports reports(options.output, snapshots.size() > 1);
  for (const auto& snapshot : snapshots) {
    if (!options.request.given()) {
      reports.add(*snapshot, why_status(*snapshot, options, status, query));
      continue;
    }
    XDSCOPE_TRY_ASSIGN(const std::string report, why_request(*snapshot, options, status, query));
    reports.add(*snapshot, report);
  }
  XDSCOPE_TRY(reports.finish());
  for (const auto& snapshot : snapshots) report_type_problems(*snapshot);
  return kExitOk;
}

}  // namespace

void add_why_command(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "why", "Root causes: every way the proxy can answer a status code or response flag");
  options->input.add_file_to(*command, "why");
  options->request.add_to(*command, "STATUS [[METHOD] URL]", 5);
  command->add_option("-o,--output", options->output, "text, markdown or json")
      ->check(CLI::IsMember({"text", "markdown", "json"}));
  command->callback(
      [options, &invocation] { invocation.run = [options] { return run(*options); }; });
}

}  // namespace xdscope::cli
