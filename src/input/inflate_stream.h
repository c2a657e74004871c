// gzip data unpacked piece by piece, so that no archive has to be in memory as a whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <zlib.h>

#include "xdscope/error.h"

namespace xdscope {

// The bytes of a file that may be packed with gzip (one or several members); other bytes are given
// back as they are.
class InflateStream {
 public:
  // Views the bytes, which must outlive the stream; `name` is for messages.
  InflateStream(std::string_view bytes, std::string name);
  ~InflateStream();
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;

  // Fills `out` up to `size`; fewer bytes mean the end of the data. Fails where they are broken.
  Result<std::size_t> read(char* out, std::size_t size);

 private:
  std::unexpected<Error> broken(std::string_view reason) const;

  std::string_view rest_;
  std::string name_;
  bool packed_;
  bool ready_ = false;  // the zlib stream is set up
  bool at_member_end_ = false;
  z_stream stream_{};
};

bool is_gzip(std::string_view bytes);

}  // namespace xdscope
