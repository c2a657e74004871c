#pragma once

#include <string_view>

namespace xdscope {

// "0.1.0"
std::string_view version();

}  // namespace xdscope
