#include "trace/tree_inputs.h"

#include <fmt/format.h>

#include "base/text.h"
#include "trace/matchers.h"

namespace xdscope::trace {
namespace {

TreeInput given(std::string_view text) {
  return text.empty() ? TreeInput{} : TreeInput{std::string(text)};
}

TreeInput address(const std::optional<IpAddress>& ip) {
  if (!ip) return {{}, true};
  return ip->internal ? TreeInput{} : TreeInput{to_string(*ip)};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Unlike route matchers, this input decodes (envoy: QueryParamsMulti::parseAndDecodeQueryString).
std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                        hex_digit(text[i + 2]) >= 0;
    if (escape) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// The first value of a parameter whose decoded name is this.
std::optional<std::string> decoded_query_parameter(const HttpRequest& request,
                                                   std::string_view name) {
  for (const std::string_view part : split(request.query(), '&')) {
    const std::size_t equals = part.find('=');
    if (part.empty() || percent_decoded(part.substr(0, equals)) != name) continue;
    return percent_decoded(equals == part.npos ? "" : part.substr(equals + 1));
  }
  return std::nullopt;
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
  return request.has(name) ? TreeInput{request.joined(name)} : TreeInput{};
}

TreeInput http_tree_input(const Extension& input, const HttpRequest& request,
                          const Connection& connection) {
  const std::string_view type = input.type_name();
  if (type == "HttpRequestHeaderMatchInput") return request_tree_input(input, request);
  if (type == "HttpRequestQueryParamMatchInput") {
    auto value = decoded_query_parameter(request, input.config["query_param"].text());
    return value ? TreeInput{std::move(*value)} : TreeInput{};
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
