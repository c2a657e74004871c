// What must be true of what the library says about a mutant, told from the capture alone.
#pragma once

#include <string>
#include <vector>

#include "mutation/capture.h"
#include "mutation/mutate.h"

namespace xdscope::mutation {

// One line for each thing that is wrong; none is good.
std::vector<std::string> judge(const Capture& capture, const Mutant& mutant);

}  // namespace xdscope::mutation
