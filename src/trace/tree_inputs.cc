#include "trace/tree_inputs.h"

#include <fmt/format.h>

#include "base/text.h"
#include "trace/request_parameters.h"

namespace xdscope::trace {
namespace {

TreeInput given(std::string_view text) {
  return text.empty() ? TreeInput{} : TreeInput{std::string(text)};
}

TreeInput address(const std::optional<IpAddress>& ip) {
  if (!ip) return {{}, true};
  return ip->internal ? TreeInput{} : TreeInput{to_string(*ip)};
}

// The subject alternative names and the subject of the client's certificate; of an identity that is
// given, only its URI is known.
TreeInput certificate_input(std::string_view type, const Connection& connection) {
  if (!connection.tls_terminated) return {};
  if (!connection.identity) return {{}, true};
  if (connection.identity->empty()) return {};
  if (type == "UriSanInput") return {std::string(*connection.identity)};
  return {{}, true};
}

}  // namespace

TreeInput network_tree_input(const Extension& input, const Connection& connection) {
  const std::string_view type = input.type_name();
  // An internal connection has no address of its own.
  if (type == "DestinationIPInput" || type == "DestinationPortInput") {
    if (connection.local_port == 0) return {};
    return {type == "DestinationIPInput" ? to_string(connection.local_address)
                                         : std::to_string(connection.local_port)};
  }
  if (type == "SourceIPInput" || type == "DirectSourceIPInput") return address(connection.source);
  if (type == "SourcePortInput") {
    if (connection.source_port == 0) return {{}, true};
    return {std::to_string(connection.source_port)};
  }
  if (type == "SourceTypeInput") {
    if (!connection.source) return {{}, true};
    return connection.source_is_local() ? TreeInput{"local"} : TreeInput{};
  }
  if (type == "ServerNameInput") return given(connection.detected_sni);
  if (type == "TransportProtocolInput") return {std::string(connection.transport_protocol)};
  if (type == "ApplicationProtocolInput") {
    if (connection.application_protocols.empty()) return {};
    return {fmt::format("'{}'", fmt::join(connection.application_protocols, "','"))};
  }
  return {{}, true};
}

TreeInput request_tree_input(const Extension& input, const HttpRequest& request) {
  if (input.type_name() != "HttpRequestHeaderMatchInput") return {{}, true};
  const std::string name = to_lower(input.config["header_name"].text());
  if (!request.known(name)) return {{}, true};
  return request.has(name) ? TreeInput{request.joined(name)} : TreeInput{};
}

TreeInput http_tree_input(const Extension& input, const HttpRequest& request,
                          const Connection& connection) {
  const std::string_view type = input.type_name();
  if (type == "HttpRequestHeaderMatchInput") return request_tree_input(input, request);
  if (type == "HttpRequestQueryParamMatchInput") {
    return {decoded_query_parameter(request, input.config["query_param"].text())};
  }
  // The request is looked at before there is a response.
  if (type == "HttpResponseHeaderMatchInput" || type == "HttpResponseTrailerMatchInput") {
    return {{}, true};
  }
  if (type == "SourceIPInput") {
    return address(connection.remote ? connection.remote : connection.source);
  }
  if (type == "ServerNameInput") {
    return given(connection.tls_terminated ? connection.sni : connection.detected_sni);
  }
  if (type == "UriSanInput" || type == "DnsSanInput" || type == "SubjectInput") {
    return certificate_input(type, connection);
  }
  return network_tree_input(input, connection);
}

}  // namespace xdscope::trace
