// tar archives packed with gzip, written file by file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <zlib.h>

#include "xdscope/error.h"

namespace xdscope {

// Files only, readable for their owner only. Writes to a file descriptor that stays the caller's.
class ArchiveWriter {
 public:
  // `time`: seconds since 1970, the modification time of the files.
  ArchiveWriter(int file, std::int64_t time);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  Result<void> add(std::string_view path, std::string_view bytes);
  // Writes the end mark; without it the archive counts as cut off.
  Result<void> finish();

 private:
  Result<void> add_entry(std::string_view path, std::string_view bytes, char type);
  Result<void> pack(std::string_view bytes, int flush);

  int file_;
  std::int64_t time_;
  bool ready_ = false;
  z_stream stream_{};
};

}  // namespace xdscope
