// The parts of `xdscope rules` that are about a user's own rules.
#pragma once

#include "cli/command.h"

namespace xdscope::cli {

// `rules test PATH…` and `rules fields [ENTITY]`.
void add_own_rules_commands(CLI::App& rules, Invocation& invocation);

}  // namespace xdscope::cli
