#include "fetch/unfinished_file.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/try.h"

namespace xdscope::fetch {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> system_error(std::string_view what, const fs::path& path) {
  const std::string reason = std::strerror(errno);
  return fail(ErrorCode::kInternal, fmt::format("{}: {}", what, reason), path.string(),
              errno == EEXIST ? "give another name, or --overwrite" : "");
}

}  // namespace

fs::path temporary_name(const fs::path& path) {
  static std::atomic<unsigned> count{0};
  return path.parent_path() /
         fmt::format(".{}.xdscope-{}-{}", path.filename().string(), getpid(), count++);
}

Result<UnfinishedFile> UnfinishedFile::create(const fs::path& folder) {
  UnfinishedFile file;
  file.file_ = open(folder.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
  if (file.file_ >= 0) return file;
  // Not every file system has files without a name.
  file.named_ = std::make_unique<Temporary>(temporary_name(folder / "file"));
  file.file_ = open(file.named_->path().c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file.file_ < 0) return system_error("cannot create a file in the folder", folder);
  return file;
}

UnfinishedFile::UnfinishedFile(UnfinishedFile&& other) noexcept
    : file_(std::exchange(other.file_, -1)), named_(std::move(other.named_)) {}

UnfinishedFile::~UnfinishedFile() {
  if (file_ >= 0) close(file_);
}

Result<void> UnfinishedFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("cannot write", "the saved file");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> UnfinishedFile::publish(const fs::path& path, bool replace) {
  if (fdatasync(file_) != 0 && errno != EINVAL) return system_error("cannot write", path);
  const std::string self = fmt::format("/proc/self/fd/{}", file_);
  if (!replace) {
    const int linked =
        named_ ? link(named_->path().c_str(), path.c_str())
               : linkat(AT_FDCWD, self.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW);
    return linked == 0 ? Result<void>() : Result<void>(system_error("cannot save it", path));
  }
  // link() never replaces, rename() does, but needs a name.
  if (!named_) {
    named_ = std::make_unique<Temporary>(temporary_name(path));
    if (linkat(AT_FDCWD, self.c_str(), AT_FDCWD, named_->path().c_str(), AT_SYMLINK_FOLLOW) != 0) {
      return system_error("cannot save it", path);
    }
  }
  if (rename(named_->path().c_str(), path.c_str()) != 0)
    return system_error("cannot save it", path);
  named_->keep();
  return {};
}

}  // namespace xdscope::fetch
