// Which filter chain of a listener takes a connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/connection.h"
#include "trace/ip.h"
#include "xdscope/model/listener.h"
#include "xdscope/trace.h"

namespace xdscope::trace {

struct ChainChoice {
  const FilterChain* chain = nullptr;  // nullptr: the connection is closed
  bool is_default = false;
  // Set where the dump does not tell which of several chains Envoy takes.
  std::string unknown;
};

// The filter chains of one listener, ready to match (Envoy: FilterChainManagerImpl). Criteria are
// asked for in a fixed order; at each one the most specific value that any remaining chain has is
// taken, and there is no way back: a chain whose later criteria fail does not give way to a less
// specific one.
class FilterChainTable {
 public:
  explicit FilterChainTable(const Listener& listener);

  // With `step`, tells for each chain passed over the first criterion that failed.
  ChainChoice match(const Connection& connection, Step* step) const;

 private:
  struct Chain {
    const FilterChain* chain = nullptr;
    std::vector<IpRange> destinations;
    std::vector<std::string> server_names;  // lower case; "*.a.com" as ".a.com"
    std::vector<IpRange> direct_sources;
    std::vector<IpRange> sources;
  };
  class Matching;

  const Listener& listener_;
  std::vector<Chain> chains_;
};

// "filter chain 3" or its name, for people.
std::string chain_label(const Listener& listener, const FilterChain& chain);

}  // namespace xdscope::trace
