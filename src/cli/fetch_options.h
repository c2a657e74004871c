// How proxies are reached: the options of every command that can ask them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "fetch/collect.h"
#include "xdscope/error.h"

namespace xdscope::cli {

// The proxies that a command line names, and those of them that cannot be asked.
struct Proxies {
  std::vector<fetch::Source> sources;
  std::vector<Error> failed;
  std::optional<fetch::Kubectl> kubectl;  // where there are pods among them
};

struct FetchOptions {
  std::vector<std::string> targets;  // [TYPE/]NAME[.NAMESPACE]
  std::vector<std::string> admin_urls;
  fetch::Kubectl::Options kubectl;
  std::string selector;
  bool all_namespaces = false;
  int admin_port = 0;  // 0: each proxy's own
  double connect_seconds = 10;
  double idle_seconds = 60;
  double total_seconds = 600;
  std::uint64_t reply_bytes = std::uint64_t{2} << 30;
  std::size_t jobs = 4;

  // The positional target and the flags; each alone for commands with words of their own.
  void add_to(CLI::App& command);
  void add_target_to(CLI::App& command);
  void add_flags_to(CLI::App& command);
  // Whether any proxy is named.
  bool given() const;
  fetch::Limits limits() const;

  Result<Proxies> find() const;
  // Asks every proxy these questions. `use` gets what came, one call at a time and in the order in
  // which the proxies ended; progress stands on standard error where that is a terminal. What
  // failed is told at the end. Fails where nothing at all could be fetched.
  Result<void> collect(const std::vector<fetch::Question>& questions,
                       const std::function<Result<void>(const fetch::Source& source,
                                                        fetch::Collected collected)>& use) const;
};

// Whether a proxy that was asked for could not be fetched, although others could: the exit status
// of a command that would end with 0 is then that of a failed fetch.
bool is_fetch_incomplete();

}  // namespace xdscope::cli
