#include "fetch/save.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/try.h"
#include "fetch/unfinished_file.h"

namespace xdscope::fetch {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> system_error(std::string_view what, const fs::path& path) {
  const std::string reason = std::strerror(errno);
  return fail(ErrorCode::kInternal, fmt::format("{}: {}", what, reason), path.string());
}

// Every missing folder of the path, for its owner only.
Result<void> make_folders(const fs::path& path) {
  if (path.empty() || mkdir(path.c_str(), 0700) == 0) return {};
  if (errno == EEXIST) {
    std::error_code error;
    if (fs::is_directory(path, error)) return {};
    errno = ENOTDIR;
    return system_error("cannot save in it", path);
  }
  if (errno != ENOENT || !path.has_parent_path())
    return system_error("cannot create the folder", path);
  XDSCOPE_TRY(make_folders(path.parent_path()));
  return mkdir(path.c_str(), 0700) == 0 || errno == EEXIST
             ? Result<void>()
             : Result<void>(system_error("cannot create the folder", path));
}

// Gives the folder its name; one that is there already is exchanged for it, and goes.
Result<void> put_in_place(Temporary& folder, const fs::path& target, Existing existing) {
  const char* from = folder.path().c_str();
  if (renameat2(AT_FDCWD, from, AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
    folder.keep();
    return {};
  }
  if (errno == EINVAL && !fs::exists(target)) {
    if (rename(from, target.c_str()) != 0) return system_error("cannot save it", target);
    folder.keep();
    return {};
  }
  if (errno != EEXIST) return system_error("cannot save it", target);
  if (existing == Existing::kRefuse) {
    return fail(ErrorCode::kUsage, "there is such a folder already", target.string(),
                "give another folder with -d, or --overwrite");
  }
  if (renameat2(AT_FDCWD, from, AT_FDCWD, target.c_str(), RENAME_EXCHANGE) != 0) {
    return system_error("cannot replace the folder", target);
  }
  return {};
}

}  // namespace

std::string folder_name(std::string_view proxy) {
  for (const std::string_view scheme : {"http://", "unix:///"}) {
    if (proxy.starts_with(scheme)) proxy.remove_prefix(scheme.size());
  }
  std::string name(proxy);
  for (char& c : name) {
    const bool is_safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (!is_safe) c = '_';
  }
  // No hidden folder, and none that means another one.
  if (name.empty() || name.front() == '.') name.insert(0, "proxy");
  constexpr std::size_t kMost = 200;
  return name.substr(0, kMost);
}

Result<void> save_folder(const fs::path& parent, const SavedProxy& proxy, Existing existing) {
  XDSCOPE_TRY(make_folders(parent));
  const fs::path target = parent / proxy.folder;
  std::error_code error;
  if (existing == Existing::kRefuse && fs::exists(fs::symlink_status(target, error))) {
    return fail(ErrorCode::kUsage, "there is such a folder already", target.string(),
                "give another folder with -d, or --overwrite");
  }
  std::vector<UnfinishedFile> files;
  for (const SavedFile& saved : proxy.files) {
    XDSCOPE_TRY_ASSIGN(UnfinishedFile file, UnfinishedFile::create(parent));
    XDSCOPE_TRY(file.write(saved.bytes.view()));
    files.push_back(std::move(file));
  }
  Temporary folder(temporary_name(target));
  if (mkdir(folder.path().c_str(), 0700) != 0) {
    return system_error("cannot create the folder", folder.path());
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    XDSCOPE_TRY(files[i].publish(folder.path() / proxy.files[i].name, false));
  }
  return put_in_place(folder, target, existing);
}

struct SavedArchive::State {
  fs::path path;
  Existing existing;
  UnfinishedFile file;
  ArchiveWriter writer;

  State(fs::path to, std::int64_t time, Existing when_there, UnfinishedFile unfinished)
      : path(std::move(to)),
        existing(when_there),
        file(std::move(unfinished)),
        writer(file.descriptor(), time) {}
};

SavedArchive::SavedArchive(std::unique_ptr<State> state) : state_(std::move(state)) {}
SavedArchive::~SavedArchive() = default;

Result<std::unique_ptr<SavedArchive>> SavedArchive::create(const fs::path& path, std::int64_t time,
                                                           Existing existing) {
  std::error_code error;
  if (existing == Existing::kRefuse && fs::exists(fs::symlink_status(path, error))) {
    return fail(ErrorCode::kUsage, "there is such a file already", path.string(),
                "give another name, or --overwrite");
  }
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  XDSCOPE_TRY(make_folders(folder));
  XDSCOPE_TRY_ASSIGN(UnfinishedFile file, UnfinishedFile::create(folder));
  return std::unique_ptr<SavedArchive>(
      new SavedArchive(std::make_unique<State>(path, time, existing, std::move(file))));
}

Result<void> SavedArchive::add(const SavedProxy& proxy) {
  for (const SavedFile& file : proxy.files) {
    XDSCOPE_TRY(
        state_->writer.add(fmt::format("{}/{}", proxy.folder, file.name), file.bytes.view()));
  }
  return {};
}

Result<void> SavedArchive::finish() {
  XDSCOPE_TRY(state_->writer.finish());
  return state_->file.publish(state_->path, state_->existing == Existing::kReplace);
}

}  // namespace xdscope::fetch
