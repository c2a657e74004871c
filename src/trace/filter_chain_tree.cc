#include "trace/filter_chain_tree.h"

#include <fmt/format.h>

#include "trace/matcher_tree.h"

namespace xdscope::trace {
namespace {

// envoy.extensions.matching.common_inputs.network.v3.
TreeInput network_input(const Extension& input, const Connection& connection) {
  const std::string_view type = input.type_name();
  if (type == "DestinationIPInput") return {to_string(connection.local_address)};
  if (type == "DestinationPortInput") return {std::to_string(connection.local_port)};
  if (type == "SourceIPInput" || type == "DirectSourceIPInput") {
    if (!connection.source) return {{}, true};
    return {to_string(*connection.source)};
  }
  if (type == "SourcePortInput") {
    if (connection.source_port == 0) return {{}, true};
    return {std::to_string(connection.source_port)};
  }
  if (type == "SourceTypeInput") {
    return connection.source_is_local() ? TreeInput{"local"} : TreeInput{};
  }
  if (type == "ServerNameInput") {
    return connection.detected_sni.empty() ? TreeInput{}
                                           : TreeInput{std::string(connection.detected_sni)};
  }
  if (type == "TransportProtocolInput") return {std::string(connection.transport_protocol)};
  if (type == "ApplicationProtocolInput") {
    if (connection.application_protocols.empty()) return {};
    return {fmt::format("'{}'", fmt::join(connection.application_protocols, "','"))};
  }
  return {{}, true};
}

}  // namespace

ChainChoice match_filter_chain_tree(const Listener& listener, const Connection& connection,
                                    Step* step) {
  const TreeResult result = evaluate_matcher_tree(
      listener.filter_chain_matcher,
      [&](const Extension& input) { return network_input(input, connection); });
  ChainChoice choice;
  if (result.matched == Verdict::kUnknown) {
    choice.unknown = "filter_chain_matcher: " + result.unknown;
    return choice;
  }
  if (result.matched == Verdict::kNo) {
    if (step != nullptr) step->notes.push_back("filter_chain_matcher: nothing in the tree matches");
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
