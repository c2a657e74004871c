// Checksums of files.
#pragma once

#include <string>
#include <string_view>

namespace xdscope {

// SHA-256 in lower-case hexadecimal.
std::string sha256(std::string_view bytes);

}  // namespace xdscope
