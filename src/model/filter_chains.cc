#include "model/filter_chains.h"

namespace xdscope {

std::vector<const FilterChain*> chains_of(const Listener& listener) {
  std::vector<const FilterChain*> chains;
  for (const FilterChain& chain : listener.filter_chains) chains.push_back(&chain);
  if (listener.default_filter_chain) chains.push_back(&*listener.default_filter_chain);
  return chains;
}

}  // namespace xdscope
