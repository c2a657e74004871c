#include "input/inflate_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace xdscope {

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

InflateStream::InflateStream(std::string_view bytes, std::string name)
    : rest_(bytes), name_(std::move(name)), packed_(is_gzip(bytes)) {
  if (packed_) ready_ = inflateInit2(&stream_, 16 + MAX_WBITS) == Z_OK;
}

InflateStream::~InflateStream() {
  if (ready_) inflateEnd(&stream_);
}

std::unexpected<Error> InflateStream::broken(std::string_view reason) const {
  return fail(ErrorCode::kInput, fmt::format("broken gzip data: {}", reason), name_,
              "take the file again: it was changed or cut off on its way");
}

Result<std::size_t> InflateStream::read(char* out, std::size_t size) {
  if (!packed_) {
    const std::size_t count = std::min(size, rest_.size());
    std::memcpy(out, rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }
  if (!ready_) return fail(ErrorCode::kInput, "not enough memory to unpack it", name_);
  std::size_t written = 0;
  while (written < size) {
    if (at_member_end_) {
      if (rest_.empty()) break;
      if (inflateReset(&stream_) != Z_OK) return broken("no further member");
      at_member_end_ = false;
    }
    constexpr std::size_t kStep = std::size_t{1} << 30;
    const std::size_t input = std::min(rest_.size(), kStep);
    const std::size_t room = std::min(size - written, kStep);
    // zlib takes its input by a pointer to what it does not change.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(rest_.data()));
    stream_.avail_in = static_cast<uInt>(input);
    stream_.next_out = reinterpret_cast<Bytef*>(out + written);
    stream_.avail_out = static_cast<uInt>(room);
    const int status = inflate(&stream_, Z_NO_FLUSH);
    rest_.remove_prefix(input - stream_.avail_in);
    written += room - stream_.avail_out;
    if (status == Z_STREAM_END) {
      at_member_end_ = true;
    } else if (status == Z_BUF_ERROR || (status == Z_OK && rest_.empty() && written < size)) {
      return broken("it ends too early");
    } else if (status != Z_OK) {
      return broken(stream_.msg != nullptr ? stream_.msg : "not readable");
    }
  }
  return written;
}

}  // namespace xdscope
