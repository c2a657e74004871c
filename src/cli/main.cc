// xdscope: the command line over the library.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <new>
#include <string_view>

#include <unistd.h>

#include <fmt/format.h>

#include "base/memory_limit.h"
#include "cli/command.h"
#include "cli/fetch_options.h"
#include "cli/suggest.h"
#include "cli/terminal.h"

namespace xdscope::cli {
namespace {

int run(int argc, char** argv) {
  CLI::App app{"Reads, explains and lints Envoy's configuration dumps", "xdscope"};
  app.require_subcommand(1);
  app.fallthrough();
  app.set_help_all_flag("--help-all", "Print the help of every command");
  Invocation invocation;
  add_proxy_config_command(app, invocation);
  add_test_command(app, invocation);
  add_lint_command(app, invocation);
  add_rules_command(app, invocation);
  add_trace_command(app, invocation);
  add_why_command(app, invocation);
  add_fetch_command(app, invocation);
  add_version_command(app, invocation);
  add_completion_command(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    if (!app.remaining(true).empty()) {
      print_error(usage_error(app, CLI::ExtrasError(app.remaining(true))));
      return kExitUsage;
    }
    app.exit(help);
    std::cout.flush();
    if (std::cout) return kExitOk;
    print_error({ErrorCode::kInternal,
                 fmt::format("cannot write: {}", std::strerror(errno)),
                 "standard output",
                 {}});
    return kExitInternal;
  } catch (const CLI::ParseError& error) {
    print_error(usage_error(app, error));
    return kExitUsage;
  }
  if (!invocation.run) return kExitUsage;
  auto status = invocation.run();
  if (!status) {
    print_error(status.error());
    return exit_code_of(status.error().code);
  }
  if (auto flushed = flush_output(); !flushed) {
    print_error(flushed.error());
    return kExitInternal;
  }
  if (*status == kExitOk && is_fetch_incomplete()) return kExitFetch;
  return *status;
}

// Real dumps take at most twice their size; what is made to take a hundred times as much is
// refused.
constexpr std::uint64_t kMemory = std::uint64_t{512} << 20;
constexpr unsigned kMemoryPerInputByte = 3;

Error out_of_memory() {
  if (memory_limit() == 0) return {ErrorCode::kInternal, "out of memory", {}, {}};
  return {ErrorCode::kInput,
          fmt::format("the input takes more than {} MiB of memory", memory_limit() >> 20),
          {},
          "no configuration of a proxy should; if it is to be trusted, set --max-memory"};
}

// A dump is mapped, not copied: whoever cuts it short meanwhile takes pages away from under us.
void file_was_cut(int) {
  constexpr std::string_view kMessage =
      "Error: a file became shorter while it was being read\n  try: run again when it is "
      "complete\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, kMessage.data(), kMessage.size());
  _exit(kExitInput);
}

int run_guarded(int argc, char** argv) {
  // A closed pipe ends the program as it ends cat and grep.
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGBUS, file_was_cut);
  limit_memory(kMemory, kMemoryPerInputByte);
  try {
    const int status = run(argc, argv);
#ifdef NDEBUG
    // Everything is written; taking a large snapshot apart would only cost time.
    std::cout.flush();  // the help is written there
    std::fflush(nullptr);
    _exit(status);
#else
    return status;
#endif
  } catch (const std::bad_alloc&) {
    const Error error = out_of_memory();
    print_error(error);
    return exit_code_of(error.code);
  } catch (const std::exception& error) {
    print_error({ErrorCode::kInternal, error.what(), {}, "please report this as a bug"});
  }
  return kExitInternal;
}

}  // namespace
}  // namespace xdscope::cli

int main(int argc, char** argv) { return xdscope::cli::run_guarded(argc, argv); }
