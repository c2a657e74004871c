// A file that has no name until it is complete.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "fetch/cleanup.h"
#include "xdscope/error.h"

namespace xdscope::fetch {

// Where the file system can do it, nothing is left of it even if the program is killed; elsewhere
// it has a temporary name, removed on errors and on signals.
class UnfinishedFile {
 public:
  static Result<UnfinishedFile> create(const std::filesystem::path& folder);
  ~UnfinishedFile();
  UnfinishedFile(UnfinishedFile&& other) noexcept;
  UnfinishedFile& operator=(UnfinishedFile&&) = delete;

  int descriptor() const { return file_; }
  Result<void> write(std::string_view bytes);
  // Gives it its name, in place of a file that is there already if `replace`.
  Result<void> publish(const std::filesystem::path& path, bool replace);

 private:
  UnfinishedFile() = default;

  int file_ = -1;
  std::unique_ptr<Temporary> named_;
};

// A name for what is not finished, beside `path`; such names begin with a dot.
std::filesystem::path temporary_name(const std::filesystem::path& path);

}  // namespace xdscope::fetch
