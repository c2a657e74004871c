// A listener's filter chains.
#pragma once

#include <vector>

#include "xdscope/model/listener.h"

namespace xdscope {

// All of them, the default one last.
std::vector<const FilterChain*> chains_of(const Listener& listener);

}  // namespace xdscope
