#include "trace/filter_chain_tree.h"

#include <fmt/format.h>

#include "trace/tree_inputs.h"

namespace xdscope::trace {
ChainChoice match_filter_chain_tree(const Listener& listener, const Connection& connection,
                                    Step* step) {
  const TreeResult result = evaluate_matcher_tree(
      listener.filter_chain_matcher,
      [&](const Extension& input) { return network_tree_input(input, connection); });
  ChainChoice choice;
  if (result.matched == Verdict::kUnknown) {
    choice.unknown = "filter_chain_matcher: " + result.unknown;
    return choice;
  }
  if (result.matched == Verdict::kNo) {
    if (step != nullptr)
      step->notes.emplace_back("filter_chain_matcher: nothing in the tree matches");
    return choice;
  }
  const Extension action = decode_extension(result.action);
  // google.protobuf.StringValue.
  const std::string_view name =
      action.config["value"].is_string() ? action.config["value"].text() : action.config.text();
  for (const FilterChain& chain : listener.filter_chains) {
    if (chain.name == name) choice.chain = &chain;
  }
  if (step != nullptr) {
    step->notes.push_back(
        choice.chain == nullptr
            ? fmt::format("filter_chain_matcher names '{}', which no filter chain "
                          "is called",
                          name)
            : fmt::format("filter_chain_matcher names '{}'", name));
  }
  return choice;
}

}  // namespace xdscope::trace
