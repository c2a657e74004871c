#include "cli/proxy_config_output.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "cli/exit_code.h"
#include "cli/listing_output.h"
#include "cli/terminal.h"

namespace xdscope::cli {
namespace {

using tables::Columns;
using tables::Table;
using Snapshots = std::vector<std::unique_ptr<Snapshot>>;

Result<void> check_output(const ProxyConfigOptions& options) {
  for (const std::string_view known : {"short", "wide", "json", "yaml"}) {
    if (options.output == known) return {};
  }
  return fail(ErrorCode::kUsage, fmt::format("output format \"{}\" not supported", options.output),
              "--output", "one of short, wide, json, yaml");
}

// What became of the proxies of one run.
class Outcome {
 public:
  explicit Outcome(bool many) : many_(many) {}

  // An answer, or the reason why there is none.
  void add(const Snapshot& snapshot, const std::optional<Error>& error) {
    if (!error) {
      answered_ = true;
    } else {
      if (many_) warn(fmt::format("{}: {}", snapshot.name(), error->message));
      last_ = error;
    }
  }
  Result<int> status() const {
    if (answered_ || !last_) return kExitOk;
    return std::unexpected(*last_);
  }

 private:
  bool many_;
  bool answered_ = false;
  std::optional<Error> last_;
};

template <class T>
std::optional<Error> error_of(const Result<T>& result) {
  return result ? std::optional<Error>() : result.error();
}

Result<int> print_listing(const View& view, const ProxyConfigOptions& options,
                          const Snapshots& snapshots) {
  ListingOutput output(options.output == "yaml");
  const bool many = snapshots.size() > 1;
  Outcome outcome(many);
  for (const auto& snapshot : snapshots) {
    outcome.add(*snapshot, error_of(output.add(*snapshot, many, [&](json::Writer& writer) {
      return view.list(Index(*snapshot), options, writer);
    })));
  }
  XDSCOPE_TRY(output.finish());
  return outcome.status();
}

Result<int> print_table(const View& view, const ProxyConfigOptions& options,
                        const Snapshots& snapshots) {
  const Columns columns = options.output == "wide" ? Columns::kWide : Columns::kShort;
  const bool many = snapshots.size() > 1;
  Outcome outcome(many);
  Table all;
  for (const auto& snapshot : snapshots) {
    auto table = view.table(Index(*snapshot), options, columns);
    outcome.add(*snapshot, error_of(table));
    if (!table) continue;
    if (many && !table->sentence.empty()) {
      warn(fmt::format("{}: {}", snapshot->name(), table->sentence));
      continue;
    }
    if (many) prepend_column(*table, "PROXY", snapshot->name());
    if (all.header.empty() && all.rows.empty()) {
      all = std::move(*table);
    } else {
      std::ranges::move(table->rows, std::back_inserter(all.rows));
    }
  }
  XDSCOPE_TRY(print(tables::to_text(std::move(all))));
  return outcome.status();
}

// A section that the input does not have is told and does not stop the others; where there is none
// at all, that is an error.
Result<void> print_all_tables(const Index& index, const ProxyConfigOptions& options, bool many) {
  const Columns columns = options.output == "wide" ? Columns::kWide : Columns::kAll;
  struct Part {
    const char* title;
    View view;
  };
  const Part parts[] = {{"BOOTSTRAP", bootstrap_view()}, {"CLUSTER", cluster_view()},
                        {"LISTENER", listener_view()},   {"ROUTE", route_view()},
                        {"SECRET", secret_view()},       {"ENDPOINTS", eds_view()}};
  Error last;
  bool first = true;
  for (const Part& part : parts) {
    auto table = part.view.table(index, options, columns);
    if (!table) {
      warn((many ? index.snapshot().name() + ": " : "") + table.error().message);
      last = std::move(table).error();
      continue;
    }
    std::string text = first ? "" : "\n";
    if (options.with_headers) text += fmt::format("------ {} INFO ------\n\n", part.title);
    first = false;
    XDSCOPE_TRY(print(text + tables::to_text(std::move(*table))));
  }
  if (first) return std::unexpected(std::move(last));
  return {};
}

}  // namespace

Result<int> run_view(const View& view, const ProxyConfigOptions& options) {
  XDSCOPE_TRY(check_output(options));
  XDSCOPE_TRY_ASSIGN(const auto snapshots, options.input.load());
  auto status = options.is_listing() ? print_listing(view, options, snapshots)
                                     : print_table(view, options, snapshots);
  for (const auto& snapshot : snapshots) report_type_problems(*snapshot);
  return status;
}

Result<int> run_all(const ProxyConfigOptions& options) {
  XDSCOPE_TRY(check_output(options));
  XDSCOPE_TRY_ASSIGN(const auto snapshots, options.input.load());
  const bool many = snapshots.size() > 1;
  if (options.is_listing()) {
    ListingOutput output(options.output == "yaml");
    for (const auto& snapshot : snapshots) {
      XDSCOPE_TRY(output.add_whole_dump(*snapshot, many));
    }
    XDSCOPE_TRY(output.finish());
    return kExitOk;
  }
  Outcome outcome(many);
  for (const auto& snapshot : snapshots) {
    if (many) {
      XDSCOPE_TRY(
          print(fmt::format("{}====== {} ======\n\n", snapshot == snapshots.front() ? "" : "\n",
                            printable(snapshot->name()))));
    }
    outcome.add(*snapshot, error_of(print_all_tables(Index(*snapshot), options, many)));
    report_type_problems(*snapshot);
  }
  return outcome.status();
}

}  // namespace xdscope::cli
