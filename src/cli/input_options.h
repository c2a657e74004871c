// Where a proxy's configuration comes from: the options that every reading command has.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/fetch_options.h"
#include "xdscope/error.h"
#include "xdscope/load.h"
#include "xdscope/snapshot.h"

namespace xdscope::cli {

struct InputOptions {
  std::vector<std::string> files;
  FetchOptions fetch;
  LoadLimits limits;
  // What is asked of a running proxy; a command that needs less or more says so before load().
  std::vector<fetch::Question> questions = {fetch::whole_dump(), fetch::cluster_status()};

  // Declares -f/--file, the positional target and how proxies are reached. `what` names the command
  // in messages, as istioctl does: "cluster requires pod name or --file parameter".
  void add_to(CLI::App& command, std::string what);
  // The same without the positional target, for commands whose words mean something else, too.
  void add_file_to(CLI::App& command, std::string what);

  // Whether any proxy is named, by a file or otherwise.
  bool given() const { return !files.empty() || fetch.given(); }
  // The proxies asked for. What could not be used of them is told on standard error.
  Result<std::vector<std::unique_ptr<Snapshot>>> load() const;

 private:
  Result<std::vector<std::unique_ptr<Snapshot>>> load_running() const;

  std::string what_;
};

// Tells the parts of the input that could not be used, on standard error.
void report_problems(const Snapshot& snapshot);
// Tells the values that turned out to be of a wrong type when they were decoded; for the end of a
// command.
void report_type_problems(const Snapshot& snapshot);

}  // namespace xdscope::cli
