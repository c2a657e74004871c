// `xdscope lint`: the rules over dumps, for people and pipelines.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "cli/clock.h"
#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/output_file.h"
#include "cli/terminal.h"
#include "input/read.h"
#include "report/lint_report.h"
#include "rules/baseline.h"
#include "rules/config.h"
#include "rules/service_file.h"
#include "xdscope/lint.h"
#include "xdscope/load.h"

namespace xdscope::cli {
namespace {

struct Options {
  InputOptions input;
  std::vector<std::string> rules;
  std::string config;
  bool no_config = false;
  std::vector<std::string> select;
  std::vector<std::string> ignore;
  std::string fail_on;
  std::string show;
  std::string baseline;
  bool update_baseline = false;
  std::vector<std::string> base;
  std::string service;
  std::vector<std::string> output;
  std::string output_file;
};

struct Output {
  std::string format;
  std::string file;  // "" is standard output
};

Result<std::vector<Output>> read_outputs(const Options& options) {
  std::vector<Output> outputs;
  for (const std::string& text : options.output) {
    const std::size_t equals = text.find('=');
    Output output{text.substr(0, equals),
                  equals == std::string::npos ? "" : text.substr(equals + 1)};
    if (equals != std::string::npos && output.file.empty()) {
      return fail(ErrorCode::kUsage, "a report needs a file's name after the =", "--output",
                  "write -o FORMAT=FILE, or -o FORMAT for standard output");
    }
    if (output.format == "short") output.format = "text";
    const auto& formats = report::lint_formats();
    if (std::find(formats.begin(), formats.end(), output.format) == formats.end()) {
      std::string known;
      for (const auto format : formats)
        known += fmt::format("{}{}", known.empty() ? "" : ", ", format);
      return fail(ErrorCode::kUsage,
                  fmt::format("output format \"{}\" not supported", printable(output.format)),
                  "--output", "one of " + known);
    }
    outputs.push_back(std::move(output));
  }
  if (outputs.empty()) outputs.push_back({"text", ""});
  if (!options.output_file.empty()) {
    if (outputs.size() > 1 || !outputs[0].file.empty()) {
      return fail(ErrorCode::kUsage, "--output-file goes with one format", "--output-file",
                  "with several, write -o FORMAT=FILE for each");
    }
    outputs[0].file = options.output_file;
  }
  const auto to_stdout = std::count_if(outputs.begin(), outputs.end(),
                                       [](const Output& output) { return output.file.empty(); });
  if (to_stdout > 1) {
    return fail(ErrorCode::kUsage, "only one format can go to standard output", "--output",
                "write the others as FORMAT=FILE");
  }
  return outputs;
}

Result<rules::Config> read_config(const Options& options) {
  std::string path = options.config;
  if (path.empty() && !options.no_config) path = rules::find_config(".");
  if (path.empty()) return rules::Config{};
  auto bytes = read_file(path);
  if (!bytes) {
    Error error = bytes.error();
    error.code = ErrorCode::kUsage;
    return std::unexpected(std::move(error));
  }
  return rules::parse_config(bytes->view(), path);
}

// The command line overrides the file, as far as it says anything.
Result<rules::Config> settings(const Options& options) {
  XDSCOPE_TRY_ASSIGN(rules::Config config, read_config(options));
  if (!options.select.empty()) config.options.select = options.select;
  if (!options.ignore.empty()) {
    config.options.ignore.insert(config.options.ignore.end(), options.ignore.begin(),
                                 options.ignore.end());
  }
  if (!options.rules.empty()) config.options.rule_files = options.rules;
  if (!options.baseline.empty()) config.baseline = options.baseline;
  if (!options.fail_on.empty()) {
    if (options.fail_on != "never" && !parse_severity(options.fail_on)) {
      return fail(ErrorCode::kUsage,
                  fmt::format("\"{}\" is no threshold", printable(options.fail_on)), "--fail-on",
                  "one of error, warning, info, never");
    }
    config.fail_on = options.fail_on;
  }
  if (!options.show.empty()) {
    config.show = parse_severity(options.show);
    if (!config.show) {
      return fail(ErrorCode::kUsage, fmt::format("\"{}\" is no severity", printable(options.show)),
                  "--show", "one of error, warning, info");
    }
  }
  XDSCOPE_TRY_ASSIGN(const std::int64_t now, current_time());
  config.options.now = std::chrono::system_clock::time_point(std::chrono::seconds(now));
  return config;
}

using Snapshots = std::vector<std::unique_ptr<Snapshot>>;

LintResult lint_all(const Linter& linter, const Snapshots& snapshots) {
  std::vector<std::unique_ptr<Index>> indexes;
  std::vector<const Index*> proxies;
  for (const auto& snapshot : snapshots) {
    indexes.push_back(std::make_unique<Index>(*snapshot));
    proxies.push_back(indexes.back().get());
  }
  return linter.run(proxies);
}

Result<void> leave_out_base(const Options& options, const Linter& linter, LintResult& result) {
  if (options.base.empty()) return {};
  XDSCOPE_TRY_ASSIGN(const Snapshots old, load_files(options.base, options.input.limits));
  rules::leave_out_known(rules::baseline_of(lint_all(linter, old)), result);
  return {};
}

Result<void> apply_baseline(const Options& options, const std::string& path, LintResult& result) {
  if (path.empty()) {
    if (!options.update_baseline) return {};
    return fail(ErrorCode::kUsage, "--update-baseline needs to know which", "--update-baseline",
                "add --baseline FILE");
  }
  std::error_code error;
  if (!std::filesystem::exists(path, error)) {
    if (!options.update_baseline) {
      return fail(ErrorCode::kUsage, "there is no such baseline", path,
                  "write it with --update-baseline");
    }
    const rules::Baseline all = rules::baseline_of(result);
    XDSCOPE_TRY(write_file(path, rules::format_baseline(all)));
    rules::leave_out_known(all, result);
    return {};
  }
  XDSCOPE_TRY_ASSIGN(const Buffer bytes, read_file(path));
  XDSCOPE_TRY_ASSIGN(rules::Baseline baseline, rules::parse_baseline(bytes.view(), path));
  if (options.update_baseline) {
    baseline = rules::without_fixed(baseline, result);
    XDSCOPE_TRY(write_file(path, rules::format_baseline(baseline)));
  }
  rules::leave_out_known(baseline, result);
  return {};
}

int exit_status(const LintResult& result, std::optional<Severity> threshold) {
  if (!threshold) return kExitOk;
  const bool failed =
      std::any_of(result.findings.begin(), result.findings.end(),
                  [&](const Finding& finding) { return finding.severity >= *threshold; });
  return failed ? kExitFindings : kExitOk;
}

// GW004 compares the gateway's ports with those of the Service before it.
Result<std::vector<std::string>> add_service(const std::string& path, LintOptions& options) {
  std::vector<std::string> notes;
  if (path.empty()) return notes;
  XDSCOPE_TRY_ASSIGN(const Buffer bytes, read_file(path));
  XDSCOPE_TRY_ASSIGN(rules::ServicePorts service, rules::read_service_ports(bytes.view(), path));
  for (const std::string& port : service.named) {
    notes.push_back(fmt::format("GW004: which port of the pod the Service's {} is, no dump tells",
                                printable(port)));
  }
  options.parameters["GW004"]["service_ports"] = std::move(service.ports);
  return notes;
}

Result<int> run_lint(const Options& options) {
  XDSCOPE_TRY_ASSIGN(const std::vector<Output> outputs, read_outputs(options));
  XDSCOPE_TRY_ASSIGN(rules::Config config, settings(options));
  XDSCOPE_TRY_ASSIGN(const std::vector<std::string> notes,
                     add_service(options.service, config.options));
  // A mistake in the options is told before a large dump is read.
  XDSCOPE_TRY_ASSIGN(const Linter linter, Linter::make(config.options));
  XDSCOPE_TRY_ASSIGN(const Snapshots snapshots, options.input.load());
  LintResult result = lint_all(linter, snapshots);
  result.notes.insert(result.notes.end(), notes.begin(), notes.end());
  // The baseline first: what both know is not fixed.
  XDSCOPE_TRY(apply_baseline(options, config.baseline, result));
  XDSCOPE_TRY(leave_out_base(options, linter, result));
  const auto threshold = parse_severity(config.fail_on.value_or("error"));
  for (const Output& output : outputs) {
    const bool to_terminal = output.file.empty();
    const report::LintReportOptions how{config.show.value_or(Severity::kInfo),
                                        to_terminal && use_color(), threshold};
    const std::string text = *report::lint_report(output.format, result, how);
    XDSCOPE_TRY(to_terminal ? print(text) : write_file(output.file, text));
  }
  for (const auto& snapshot : snapshots) report_type_problems(*snapshot);
  return exit_status(result, threshold);
}

}  // namespace

void add_lint_command(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("lint", "Find what is broken or unsafe");
  options->input.add_to(*command, "lint");
  options->input.questions = fetch::everything();
  command->add_option("--rules", options->rules, "Rules of your own: a file or a folder")
      ->type_name("PATH");
  auto* config = command->add_option("--config", options->config,
                                     "Configuration; otherwise the nearest .xdscope.yaml upwards");
  config->type_name("FILE");
  command->add_flag("--no-config", options->no_config, "Read no .xdscope.yaml")->excludes(config);
  command
      ->add_option(
          "--select", options->select,
          "Rules to run: ids, names, families (RY), sets (default, recommended, policy, all)")
      ->delimiter(',')
      ->type_name("RULE,…");
  command->add_option("--ignore", options->ignore, "Rules not to run")
      ->delimiter(',')
      ->type_name("RULE,…");
  command
      ->add_option("--fail-on", options->fail_on,
                   "From which severity on the exit status is 1 (default error)")
      ->type_name("error|warning|info|never");
  command->add_option("--show", options->show, "From which severity on findings are listed")
      ->type_name("error|warning|info");
  command->add_option("--baseline", options->baseline, "Known findings: only new ones count")
      ->type_name("FILE");
  command->add_flag("--update-baseline", options->update_baseline,
                    "Write the baseline, or drop from it what is fixed");
  command->add_option("--base", options->base, "The dump before a change: only what is new counts")
      ->type_name("PATH");
  command
      ->add_option("--service", options->service,
                   "Manifest of the Service before a gateway: its ports are compared (GW004)")
      ->type_name("FILE");
  command
      ->add_option("-o,--output", options->output,
                   "text, json, sarif, junit, github, gitlab or markdown; repeat with FORMAT=FILE")
      ->type_name("FORMAT[=FILE]");
  command->add_option("--output-file", options->output_file, "Write there instead")
      ->type_name("FILE");
  command->callback(
      [options, &invocation] { invocation.run = [options] { return run_lint(*options); }; });
}

}  // namespace xdscope::cli
