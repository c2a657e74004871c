// Filter chains chosen by Listener.filter_chain_matcher.
#pragma once

#include "trace/filter_chain_table.h"

namespace xdscope::trace {

// The chain whose name the matcher tree yields; without `chain` where none does, or no chain has
// that name.
ChainChoice match_filter_chain_tree(const Listener& listener, const Connection& connection,
                                    Step* step);

}  // namespace xdscope::trace
