#include "xdscope/load.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/try.h"
#include "dump/load_bytes.h"
#include "dump/proxy_groups.h"
#include "input/archive.h"
#include "input/read.h"

namespace xdscope {
namespace {

namespace fs = std::filesystem;
using Snapshots = std::vector<std::unique_ptr<Snapshot>>;

// The list of files that `xdscope fetch` leaves beside them is no configuration, and no fault.
bool is_manifest(const json::Document& document) {
  if (document.roots().empty()) return false;
  const json::Value root = document.roots().front();
  return root.is_object() && root.at("xdscope_manifest").is_object();
}

Result<void> add_parts(Group& group, const std::shared_ptr<json::Document>& document,
                       const LoadLimits& limits) {
  if (is_manifest(*document)) return {};
  XDSCOPE_TRY_ASSIGN(std::vector<DumpPart> parts, find_parts(document, limits.resources));
  std::ranges::move(parts, std::back_inserter(group.parts));
  return {};
}

Result<void> add_document(Group& group, Buffer bytes, const std::string& name,
                          const LoadLimits& limits) {
  XDSCOPE_TRY_ASSIGN(std::shared_ptr<json::Document> document,
                     read_document(std::move(bytes), name, limits.unpacked_bytes));
  return add_parts(group, document, limits);
}

bool is_hidden(std::string_view path) {
  return path.starts_with('.') || path.find("/.") != std::string_view::npos;
}

// Whether a file was meant to be read: what else a collection holds (logs, metrics, lists of pods)
// is not named one by one.
bool looks_like_json(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  return begin != std::string_view::npos && text[begin] == '{';
}

// Folders of an archive, each a group, in the order of their names.
Result<void> add_archive(Groups& groups, const Buffer& bytes, const std::string& name,
                         const LoadLimits& limits) {
  Archive archive(bytes.view(), name, {limits.unpacked_bytes, limits.archive_files});
  std::map<std::string, Group> folders;
  std::vector<std::string> others;
  while (true) {
    XDSCOPE_TRY_ASSIGN(std::optional<ArchiveFile> file, archive.next());
    if (!file) break;
    if (is_hidden(file->path)) continue;
    const std::size_t slash = file->path.rfind('/');
    const std::string folder = slash == std::string::npos ? "" : file->path.substr(0, slash);
    Group& group = folders[folder];
    group.name = fmt::format("{}:{}", name, folder);
    const bool is_json = looks_like_json(file->bytes.view());
    auto document = read_document(std::move(file->bytes), fmt::format("{}:{}", name, file->path),
                                  limits.unpacked_bytes);
    if (!document && is_json) {
      group.skipped.push_back({document.error().message + "; left out", document.error().where});
    } else if (!document || !add_parts(group, std::move(*document), limits)) {
      others.push_back(file->path);
    }
  }
  for (auto& [folder, group] : folders) groups.push_back(std::move(group));
  if (others.size() == 1) {
    groups.back().skipped.push_back({"no Envoy configuration; left out", name + ":" + others[0]});
  } else if (!others.empty()) {
    groups.back().skipped.push_back(
        {fmt::format("{} files hold no Envoy configuration ({}, …); left out", others.size(),
                     others.front()),
         name});
  }
  return {};
}

Result<void> add_file(Groups& groups, Group& group, const std::string& path,
                      const LoadLimits& limits) {
  const std::string shown = path == "-" ? "standard input" : path;
  XDSCOPE_TRY_ASSIGN(Buffer bytes, read_file(path));
  if (is_archive(bytes.view())) return add_archive(groups, bytes, shown, limits);
  return add_document(group, std::move(bytes), shown, limits);
}

// A folder may hold other things than dumps; what cannot be used is told, not fatal.
Result<void> add_folder(Groups& groups, const fs::path& folder, const LoadLimits& limits) {
  std::error_code error;
  std::vector<fs::path> entries;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!it->path().filename().string().starts_with('.')) entries.push_back(it->path());
  }
  if (error) {
    return fail(ErrorCode::kInput, "cannot read the folder: " + error.message(), folder.string());
  }
  std::ranges::sort(entries);
  Group group{folder.string(), {}, {}};
  std::vector<fs::path> folders;
  for (const fs::path& entry : entries) {
    if (fs::is_directory(fs::symlink_status(entry, error))) {
      folders.push_back(entry);
    } else if (fs::is_regular_file(fs::status(entry, error))) {
      if (auto added = add_file(groups, group, entry.string(), limits); !added) {
        group.skipped.push_back({added.error().message + "; left out", added.error().where});
      }
    }
  }
  if (!group.parts.empty() || !group.skipped.empty()) groups.push_back(std::move(group));
  for (const fs::path& child : folders) XDSCOPE_TRY(add_folder(groups, child, limits));
  return {};
}

Result<std::unique_ptr<Snapshot>> only_proxy(Group& group, const LoadLimits& limits) {
  XDSCOPE_TRY_ASSIGN(Snapshots snapshots, split_proxies(group, limits.resources));
  if (snapshots.empty()) {
    return fail(ErrorCode::kInput, "there is no Envoy configuration in it", group.name);
  }
  if (snapshots.size() > 1) {
    return fail(ErrorCode::kInput, "the text holds the dumps of several proxies", group.name);
  }
  return std::move(snapshots.front());
}

}  // namespace

Result<Snapshots> load_files(std::span<const std::string> paths, const LoadLimits& limits) {
  Groups groups(1);
  for (const std::string& path : paths) {
    std::error_code error;
    if (path != "-" && fs::is_directory(path, error)) {
      XDSCOPE_TRY(add_folder(groups, path, limits));
    } else {
      if (groups.front().name.empty()) groups.front().name = path == "-" ? "stdin" : path;
      XDSCOPE_TRY(add_file(groups, groups.front(), path, limits));
    }
  }
  join_to_proxy_above(groups);
  Snapshots snapshots;
  std::vector<std::string> places;
  std::vector<Problem> skipped;
  for (Group& group : groups) {
    XDSCOPE_TRY_ASSIGN(Snapshots found, split_proxies(group, limits.resources));
    places.resize(places.size() + found.size(), group.name);
    std::ranges::move(found, std::back_inserter(snapshots));
    std::ranges::move(group.skipped, std::back_inserter(skipped));
  }
  if (snapshots.empty()) {
    if (!skipped.empty()) {
      return fail(ErrorCode::kInput,
                  "no file of the folder is an Envoy configuration: " + skipped.front().what,
                  skipped.front().where);
    }
    return fail(ErrorCode::kInput, "there is no Envoy configuration in it",
                paths.empty() ? "" : paths.front());
  }
  make_names_distinct(snapshots, places);
  for (Problem& problem : skipped) snapshots.front()->add_problem(std::move(problem));
  return snapshots;
}

void make_names_distinct(const std::vector<std::unique_ptr<Snapshot>>& snapshots,
                         std::span<const std::string> places) {
  std::map<std::string, std::size_t> count;
  for (const auto& snapshot : snapshots) ++count[snapshot->name()];
  std::set<std::string> taken;
  std::map<std::string, std::size_t> used;
  for (const auto& [name, times] : count) {
    if (times == 1) taken.insert(name);
  }
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    if (count.at(snapshots[i]->name()) == 1) continue;
    const std::string placed = fmt::format("{} ({})", snapshots[i]->name(), places[i]);
    std::string name = placed;
    while (!taken.insert(name).second) name = fmt::format("{} {}", placed, ++used[placed] + 1);
    snapshots[i]->set_name(std::move(name));
  }
}

Result<std::unique_ptr<Snapshot>> load_text(std::string_view text, const std::string& name) {
  std::vector<NamedBytes> bytes;
  bytes.push_back({name, Buffer(text)});
  return load_bytes(std::move(bytes), name, {.unpacked_bytes = json::Document::kMaxBytes});
}

Result<std::unique_ptr<Snapshot>> load_bytes(std::vector<NamedBytes> replies,
                                             const std::string& name, const LoadLimits& limits) {
  Group group{name, {}, {}};
  for (NamedBytes& reply : replies) {
    XDSCOPE_TRY(add_document(group, std::move(reply.bytes), reply.name, limits));
  }
  return only_proxy(group, limits);
}

}  // namespace xdscope
