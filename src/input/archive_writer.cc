#include "input/archive_writer.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <unistd.h>

#include <fmt/format.h>

#include "base/try.h"

namespace xdscope {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kNameSize = 100;

// A ustar header (POSIX.1-2017, pax).
std::string header(std::string_view path, std::size_t size, std::int64_t time, char type) {
  std::string block(kBlock, '\0');
  const auto put = [&](std::size_t offset, std::string_view text) {
    block.replace(offset, text.size(), text);
  };
  put(0, path.substr(0, kNameSize));
  put(100, "0000600");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", size));
  put(136, fmt::format("{:011o}", std::max<std::int64_t>(0, time)));
  put(148, "        ");
  block[156] = type;
  put(257, std::string_view("ustar\00000", 8));
  unsigned sum = 0;
  for (const char byte : block) sum += static_cast<unsigned char>(byte);
  put(148, fmt::format("{:06o}", sum));
  block[154] = '\0';
  return block;
}

// "LENGTH path=PATH\n", the length counting its own digits.
std::string pax_path(std::string_view path) {
  const std::string rest = fmt::format(" path={}\n", path);
  std::size_t length = rest.size() + 1;
  while (fmt::formatted_size("{}", length) + rest.size() != length) ++length;
  return fmt::format("{}{}", length, rest);
}

}  // namespace

ArchiveWriter::ArchiveWriter(int file, std::int64_t time) : file_(file), time_(time) {
  ready_ = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8,
                        Z_DEFAULT_STRATEGY) == Z_OK;
}

ArchiveWriter::~ArchiveWriter() {
  if (ready_) deflateEnd(&stream_);
}

Result<void> ArchiveWriter::add(std::string_view path, std::string_view bytes) {
  if (path.size() > kNameSize) XDSCOPE_TRY(add_entry("PaxHeader", pax_path(path), 'x'));
  return add_entry(path, bytes, '0');
}

Result<void> ArchiveWriter::add_entry(std::string_view path, std::string_view bytes, char type) {
  XDSCOPE_TRY(pack(header(path, bytes.size(), time_, type), Z_NO_FLUSH));
  XDSCOPE_TRY(pack(bytes, Z_NO_FLUSH));
  return pack(std::string((kBlock - bytes.size() % kBlock) % kBlock, '\0'), Z_NO_FLUSH);
}

Result<void> ArchiveWriter::finish() {
  XDSCOPE_TRY(pack(std::string(2 * kBlock, '\0'), Z_NO_FLUSH));
  return pack("", Z_FINISH);
}

Result<void> ArchiveWriter::pack(std::string_view bytes, int flush) {
  if (!ready_) return fail(ErrorCode::kInternal, "not enough memory to pack the archive");
  std::array<char, 65536> out;
  do {
    const std::size_t step = std::min(bytes.size(), std::size_t{1} << 30);
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(step);
    bytes.remove_prefix(step);
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = static_cast<uInt>(out.size());
      const int status = deflate(&stream_, flush);
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
        return fail(ErrorCode::kInternal, "cannot pack the archive");
      }
      std::string_view packed(out.data(), out.size() - stream_.avail_out);
      while (!packed.empty()) {
        const ssize_t written = write(file_, packed.data(), packed.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
          return fail(ErrorCode::kInternal,
                      fmt::format("cannot write the archive: {}", std::strerror(errno)));
        }
        packed.remove_prefix(static_cast<std::size_t>(written));
      }
    } while (stream_.avail_out == 0);
  } while (!bytes.empty());
  return {};
}

}  // namespace xdscope
