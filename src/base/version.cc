#include "xdscope/version.h"

namespace xdscope {

std::string_view version() { return XDSCOPE_VERSION; }

}  // namespace xdscope
