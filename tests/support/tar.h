// tar archives from literals, also such that no tar program writes.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include <zlib.h>

namespace xdscope::testing {

// A ustar header; `size` need not be that of any content.
inline std::string tar_header(std::string_view path, std::uint64_t size, char type = '0',
                              std::string_view prefix = "") {
  std::string block(512, '\0');
  block.replace(0, path.size(), path);
  std::snprintf(block.data() + 100, 8, "%07o", 0644u);
  std::snprintf(block.data() + 124, 12, "%011llo", static_cast<unsigned long long>(size));
  block.replace(148, 8, "        ");
  block[156] = type;
  block.replace(257, 8, std::string_view("ustar\00000", 8));
  block.replace(345, prefix.size(), prefix);
  unsigned sum = 0;
  for (const char byte : block) sum += static_cast<unsigned char>(byte);
  std::snprintf(block.data() + 148, 7, "%06o", sum);
  return block;
}

inline std::string tar_file(std::string_view path, std::string_view content, char type = '0',
                            std::string_view prefix = "") {
  std::string result = tar_header(path, content.size(), type, prefix);
  result += content;
  result.resize((result.size() + 511) / 512 * 512);
  return result;
}

inline std::string tar_end() { return std::string(1024, '\0'); }

inline std::string gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace xdscope::testing
