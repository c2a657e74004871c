#include "cli/input_options.h"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "base/memory_limit.h"
#include "base/text.h"
#include "base/try.h"
#include "cli/terminal.h"
#include "dump/load_bytes.h"
#include "xdscope/load.h"

namespace xdscope::cli {

void InputOptions::add_file_to(CLI::App& command, std::string what) {
  what_ = std::move(what);
  command
      .add_option("-f,--file", files,
                  "Dump, folder or archive to read; - is standard input; repeat to merge the files "
                  "of one proxy")
      ->type_name("PATH")
      ->allow_extra_args(false);
  command
      .add_option("--max-unpacked-size", limits.unpacked_bytes,
                  "How much a gzip file or an archive may unpack to (2GiB)")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  command
      .add_option("--max-resources", limits.resources,
                  "How many clusters, listeners, … one proxy may have")
      ->capture_default_str()
      ->type_name("N");
  command
      .add_option_function<std::uint64_t>(
          "--max-memory", [](const std::uint64_t& bytes) { limit_memory(bytes, 0); },
          "How much memory may be taken (512MiB and three times the input); 0 for no limit")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE");
  fetch.add_flags_to(command);
}

void InputOptions::add_to(CLI::App& command, std::string what) {
  add_file_to(command, std::move(what));
  fetch.add_target_to(command);
}

Result<std::vector<std::unique_ptr<Snapshot>>> InputOptions::load() const {
  if (files.empty() != fetch.given()) {
    return fail(ErrorCode::kUsage, fmt::format("{} requires pod name or --file parameter", what_),
                {}, "-f config_dump.json");
  }
  if (fetch.given()) return load_running();
  XDSCOPE_TRY_ASSIGN(auto snapshots, load_files(files, limits));
  for (const auto& snapshot : snapshots) report_problems(*snapshot);
  return snapshots;
}

Result<std::vector<std::unique_ptr<Snapshot>>> InputOptions::load_running() const {
  std::vector<std::unique_ptr<Snapshot>> snapshots;
  std::vector<std::string> places;
  const auto use = [&](const fetch::Source& source, fetch::Collected collected) -> Result<void> {
    std::vector<NamedBytes> replies;
    for (fetch::Reply& reply : collected.replies) {
      replies.push_back({source.name + reply.path, std::move(reply.body)});
    }
    auto snapshot = load_bytes(std::move(replies), source.name, limits);
    if (!snapshot) {
      snapshot.error().code = ErrorCode::kFetch;
      return std::unexpected(std::move(snapshot.error()));
    }
    if (std::holds_alternative<fetch::Pod>(source.at)) (*snapshot)->set_name(source.name);
    for (const Error& missing : collected.missing) {
      (*snapshot)->add_problem({missing.message, missing.where});
    }
    snapshots.push_back(std::move(*snapshot));
    places.push_back(source.name);
    return {};
  };
  XDSCOPE_TRY(fetch.collect(questions, use));
  make_names_distinct(snapshots, places);
  // They ended in any order.
  std::ranges::stable_sort(snapshots, {}, [](const auto& snapshot) { return snapshot->name(); });
  for (const auto& snapshot : snapshots) report_problems(*snapshot);
  return snapshots;
}

namespace {

void report(const Snapshot& snapshot, const std::vector<Problem>& problems) {
  constexpr std::size_t kMost = 20;
  for (std::size_t i = 0; i < problems.size() && i < kMost; ++i) {
    warn(fmt::format("{}: {}", printable(problems[i].where), printable(problems[i].what)));
  }
  if (problems.size() > kMost) {
    warn(fmt::format("… and {} more problems in {}", problems.size() - kMost,
                     printable(snapshot.name())));
  }
}

}  // namespace

void report_problems(const Snapshot& snapshot) { report(snapshot, snapshot.problems()); }

void report_type_problems(const Snapshot& snapshot) { report(snapshot, snapshot.type_problems()); }

}  // namespace xdscope::cli
