// What the commands share. A command is a file cmd_<name>.cc with one function
// add_<name>_command(): it declares options, and in its callback sets Invocation::run. Nothing is
// read or fetched before the whole command line is known to be good.
#pragma once

#include <functional>

#include <CLI/CLI.hpp>

#include "cli/exit_code.h"
#include "xdscope/error.h"

namespace xdscope::cli {

struct Invocation {
  // What the user asked for; the value is the exit status.
  std::function<Result<int>()> run;
};

void add_proxy_config_command(CLI::App& app, Invocation& invocation);
void add_test_command(CLI::App& app, Invocation& invocation);
void add_lint_command(CLI::App& app, Invocation& invocation);
void add_rules_command(CLI::App& app, Invocation& invocation);
void add_trace_command(CLI::App& app, Invocation& invocation);
void add_why_command(CLI::App& app, Invocation& invocation);
// `parent` is proxy-config.
void add_log_command(CLI::App& parent, Invocation& invocation);
void add_fetch_command(CLI::App& app, Invocation& invocation);
void add_version_command(CLI::App& app, Invocation& invocation);
void add_completion_command(CLI::App& app, Invocation& invocation);

}  // namespace xdscope::cli
