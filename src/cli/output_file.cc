#include "cli/output_file.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/try.h"
#include "fetch/unfinished_file.h"

namespace xdscope::cli {
namespace {

namespace fs = std::filesystem;

Result<void> write_in_place(const std::string& path, std::string_view text) {
  errno = 0;
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.flush();
  if (out) return {};
  return fail(ErrorCode::kInternal,
              fmt::format("the file cannot be written: {}", std::strerror(errno)), path);
}

// What the file would have got from open().
mode_t usual_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

Result<void> write_file(const std::string& path, std::string_view text) {
  struct stat known {};
  const bool exists = stat(path.c_str(), &known) == 0;
  if (exists && !S_ISREG(known.st_mode)) return write_in_place(path, text);
  if (exists && access(path.c_str(), W_OK) != 0) {
    return fail(ErrorCode::kInternal,
                fmt::format("the file cannot be written: {}", std::strerror(errno)), path);
  }
  // Through a symbolic link the file behind it is replaced, not the link.
  std::error_code error;
  const fs::path target = exists ? fs::canonical(path, error) : fs::path(path);
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  XDSCOPE_TRY_ASSIGN(fetch::UnfinishedFile file, fetch::UnfinishedFile::create(folder));
  XDSCOPE_TRY(file.write(text));
  if (fchmod(file.descriptor(), exists ? known.st_mode & 07777 : usual_mode()) != 0) {
    return fail(ErrorCode::kInternal,
                fmt::format("the file cannot be written: {}", std::strerror(errno)), path);
  }
  return file.publish(target, true);
}

}  // namespace xdscope::cli
