#include "mutation/capture.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "json/document.h"
#include "mutation/requests.h"
#include "xdscope/index.h"
#include "xdscope/lint.h"
#include "xdscope/load.h"
#include "xdscope/tables.h"

namespace xdscope::mutation {
namespace {

namespace fs = std::filesystem;

// Findings must not depend on the day of the run.
constexpr std::int64_t kNow = 1'780'000'000;

struct List {
  const char* field;
  const char* body;
  const char* name;  // JSON pointer inside the body
  const char* table;
};

constexpr std::array kLists = {
    List{"static_clusters", "/cluster", "/name", "clusters"},
    List{"dynamic_active_clusters", "/cluster", "/name", "clusters"},
    List{"static_listeners", "/listener", "/name", "listeners"},
    List{"dynamic_listeners", "/active_state/listener", "/name", "listeners"},
    List{"static_route_configs", "/route_config", "/name", "routes"},
    List{"dynamic_route_configs", "/route_config", "/name", "routes"},
    List{"static_endpoint_configs", "/endpoint_config", "/cluster_name", "eds"},
    List{"dynamic_endpoint_configs", "/endpoint_config", "/cluster_name", "eds"},
    List{"dynamic_active_secrets", "/secret", "/name", "secrets"},
    List{"dynamic_warming_secrets", "/secret", "/name", "secrets"},
    List{"static_secrets", "/secret", "/name", "secrets"},
};

std::vector<Entry> find_entries(const Json& dump) {
  std::vector<Entry> entries;
  const Json& configs = dump.at("configs");
  for (std::size_t section = 0; section < configs.size(); ++section) {
    for (const List& list : kLists) {
      const auto found = configs[section].find(list.field);
      if (found == configs[section].end()) continue;
      for (std::size_t i = 0; i < found->size(); ++i) {
        const Json::json_pointer body(list.body);
        // Listeners that are refused or still warming serve nothing.
        if (!(*found)[i].contains(body)) continue;
        const Json name = (*found)[i].at(body).value(Json::json_pointer(list.name), Json(""));
        entries.push_back({section, list.field, i, list.body, name, list.table});
      }
    }
  }
  return entries;
}

Rows rows_of(const Result<tables::Table>& table) {
  Rows rows;
  for (auto row : table->rows) {
    // Whether secrets have a trust domain is told only where all of them have one.
    if (table->header.back() == "TRUST DOMAIN") row.pop_back();
    ++rows[fmt::format("{}", fmt::join(row, " | "))];
  }
  return rows;
}

void read_tables(const Index& index, std::map<std::string, Rows>& out) {
  const auto keep = [&out](const char* name, Result<tables::Table> table) {
    if (table) out[name] = rows_of(table);
  };
  keep("clusters", tables::clusters(index, {}, tables::Columns::kShort));
  keep("listeners", tables::listeners(index, {}, tables::Columns::kShort));
  keep("routes", tables::routes(index, {}, tables::Columns::kShort));
  keep("eds", tables::eds(index, {}, tables::Columns::kShort));
  keep("secrets", tables::secrets(index.snapshot(), kNow, tables::Columns::kShort));
}

Rows rows_alone(const Capture& capture, const Entry& entry) {
  Json section = {{"@type", capture.dump["configs"][entry.section]["@type"]}};
  section[entry.list] =
      Json::array({capture.dump["configs"][entry.section][entry.list][entry.index]});
  const Json dump = {{"configs", Json::array({section})}};
  const auto snapshot = load_text(dump.dump(), "alone");
  if (!snapshot) return {};
  const Index index(**snapshot);
  std::map<std::string, Rows> found;
  read_tables(index, found);
  return found[entry.table];
}

bool rows_add_up(const Capture& capture) {
  std::map<std::string, Rows> sums;
  for (std::size_t i = 0; i < capture.entries.size(); ++i) {
    for (const auto& [row, count] : capture.rows[i]) sums[capture.entries[i].table][row] += count;
  }
  bool good = true;
  for (const auto& [name, rows] : capture.base.tables) {
    if (sums[name] == rows) continue;
    good = false;
    for (const auto& [row, count] : rows) {
      if (sums[name][row] != count)
        std::printf("%s: %s: %s\n", capture.name.c_str(), name.c_str(), row.c_str());
    }
  }
  return good;
}

}  // namespace

std::vector<fs::path> find_captures(const fs::path& data, const fs::path& samples) {
  std::vector<fs::path> found;
  std::error_code error;
  const fs::path root = fs::is_directory(data / "captures", error) ? data / "captures" : samples;
  for (const auto& folder : fs::directory_iterator(root)) {
    if (fs::exists(folder.path() / "config_dump.json")) {
      found.push_back(folder.path() / "config_dump.json");
    }
  }
  std::ranges::sort(found);
  return found;
}

std::optional<Answers> ask(const std::string& text, const std::vector<TraceRequest>& requests,
                           std::string& error) {
  const auto snapshot = load_text(text, "mutant.json");
  if (!snapshot) {
    error = snapshot.error().message;
    return std::nullopt;
  }
  Answers answers;
  const Index index(**snapshot);
  read_tables(index, answers.tables);
  Tracer tracer(index);
  for (const TraceRequest& request : requests) {
    auto result = tracer.trace(request, Detail::kOutcomes);
    answers.traces.push_back(result ? std::optional(std::move(*result)) : std::nullopt);
  }
  LintOptions options;
  options.select = {"all"};
  options.now = std::chrono::system_clock::time_point(std::chrono::seconds(kNow));
  const Index* const proxies[] = {&index};
  const auto findings = lint(proxies, options);
  for (const Finding& finding : findings->findings) {
    answers.findings[finding.fingerprint] = finding.rule + " " + finding.object;
  }
  for (const Problem& problem : (*snapshot)->problems()) answers.problems.push_back(problem.what);
  for (const Problem& problem : (*snapshot)->type_problems()) {
    answers.problems.push_back(problem.what + " " + problem.where);
  }
  return answers;
}

std::optional<Capture> read_capture(const fs::path& path, const fs::path& data) {
  Capture capture;
  capture.name = path.parent_path().filename().string();
  std::ifstream file(path);
  capture.dump = Json::parse(file, nullptr, false);
  if (capture.dump.is_discarded() || !capture.dump.contains("configs")) return std::nullopt;
  capture.entries = find_entries(capture.dump);
  if (capture.entries.empty()) return capture;  // in camelCase
  for (const Entry& entry : capture.entries) capture.rows.push_back(rows_alone(capture, entry));
  capture.requests = requests_for(capture, data);
  std::string error;
  auto base = ask(capture.dump.dump(), capture.requests, error);
  if (!base) {
    std::printf("%s: %s\n", capture.name.c_str(), error.c_str());
    return std::nullopt;
  }
  capture.base = std::move(*base);
  return rows_add_up(capture) ? std::optional(std::move(capture)) : std::nullopt;
}

}  // namespace xdscope::mutation
