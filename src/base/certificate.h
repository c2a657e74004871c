// X.509 certificates in PEM.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/error.h"

namespace xdscope {

struct Certificate {
  bool is_ca = false;           // basicConstraints
  std::string serial;           // lower-case hexadecimal, at least 32 digits
  std::int64_t not_before = 0;  // seconds since 1970
  std::int64_t not_after = 0;
  std::vector<std::string> dns_names;
  std::vector<std::string> uris;  // of the subject alternative names
};

// The first certificate of the text.
Result<Certificate> parse_certificate(std::string_view pem);

// RFC 4648, standard alphabet, padding optional; "" with an error where it is none.
Result<std::string> decode_base64(std::string_view text);

}  // namespace xdscope
