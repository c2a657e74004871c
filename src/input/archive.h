// tar archives, plain or packed with gzip, read file by file in memory.
//
// A reader of our own and not libarchive: an archive is input from outside, of which only regular
// files are wanted, and libarchive brings ten further shared libraries (XML, ACLs, five
// compressors) that every start of the program would pay for.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "input/inflate_stream.h"
#include "xdscope/error.h"

namespace xdscope {

// How much may come out of one archive.
struct ArchiveLimits {
  std::uint64_t bytes = std::uint64_t{2} << 30;
  std::size_t files = 100'000;
};

// Whether these bytes, unpacked if they are gzip, begin as a tar archive does.
bool is_archive(std::string_view bytes);

struct ArchiveFile {
  std::string path;  // as in the archive, without "./" and doubled slashes
  Buffer bytes;
};

// Reads ustar, pax and GNU archives. Refuses as a whole what no collection of dumps holds and an
// attack would: paths that are absolute or go up, links, devices, sparse files, sizes beyond the
// limits or beyond the archive's own end.
class Archive {
 public:
  // Views the bytes, which must outlive the archive; `name` is for messages.
  Archive(std::string_view bytes, std::string name, ArchiveLimits limits = {});

  // The next regular file; nothing at the end.
  Result<std::optional<ArchiveFile>> next();

 private:
  static constexpr std::size_t kBlock = 512;
  using Block = std::array<char, kBlock>;
  // What a pax or GNU header says about the entry after it.
  struct Override {
    std::optional<std::string> path;
    std::optional<std::uint64_t> size;
  };

  Result<bool> read_header(Block& block);
  Result<std::string> read_text(std::uint64_t size);
  Result<Buffer> read_content(std::uint64_t size);
  Result<void> skip_padding(std::uint64_t size);
  Result<void> read_exactly(char* out, std::size_t size);
  Result<void> apply_pax(std::string_view records, Override& overrides) const;
  Result<void> check_type(char type, const std::string& path) const;
  Result<std::string> checked_path(std::string_view path) const;
  Result<void> finish();
  std::unexpected<Error> refuse(std::string message, std::string hint = {}) const;
  std::unexpected<Error> too_large() const;

  InflateStream stream_;
  std::string name_;
  ArchiveLimits limits_;
  std::uint64_t read_ = 0;
  std::size_t files_ = 0;
  bool done_ = false;
};

}  // namespace xdscope
