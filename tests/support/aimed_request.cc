#include "support/aimed_request.h"

#include <fmt/format.h>

#include <algorithm>

namespace xdscope::testing {
namespace {

// An address and a host that no configuration of the tests names.
constexpr const char* kSomeAddress = "203.0.113.77";
constexpr const char* kSomeHost = "nobody.invalid";

bool holds(const json::Value& value, const std::string& pointer) {
  const std::string own = json::pointer_of(value);
  return value && (own == pointer || pointer.starts_with(own + "/"));
}

void find_chain(const Listener& listener, const std::string& pointer, Place& place) {
  const auto look = [&](const FilterChain& chain) {
    if (holds(chain.source, pointer)) place.chain = &chain;
  };
  for (const FilterChain& chain : listener.filter_chains) look(chain);
  if (listener.default_filter_chain) look(*listener.default_filter_chain);
}

void find_route(const Index& index, const RouteConfigEntry& entry, const std::string& pointer,
                Place& place) {
  place.config = entry.config;
  for (const std::size_t use : entry.uses) place.uses.push_back(&index.http_uses()[use]);
  for (const VirtualHost& host : entry.config->virtual_hosts) {
    if (!holds(host.source, pointer)) continue;
    place.host = &host;
    for (const Route& route : host.routes) {
      if (holds(route.source, pointer)) place.route = &route;
    }
  }
}

bool is_unspecified(std::string_view host) { return host == "0.0.0.0" || host == "::"; }

std::string authority_of(std::string_view domain) {
  if (domain == "*") return kSomeHost;
  if (domain.starts_with('*')) return fmt::format("any{}", domain.substr(1));
  if (domain.ends_with('*')) return fmt::format("{}8888", domain.substr(0, domain.size() - 1));
  return std::string(domain);
}

bool terminates_tls(const FilterChain& chain) {
  return chain.transport_socket && chain.transport_socket->type_name() == "DownstreamTlsContext";
}

std::string text_for(const StringMatcher& matcher, bool& known) {
  switch (matcher.kind) {
    case StringMatcher::Kind::kExact:
    case StringMatcher::Kind::kPrefix:
    case StringMatcher::Kind::kSuffix:
    case StringMatcher::Kind::kContains:
    case StringMatcher::Kind::kNone:
      return std::string(matcher.value);
    case StringMatcher::Kind::kRegex:
    case StringMatcher::Kind::kCustom:
      known = false;
  }
  return {};
}

bool add_header(TraceRequest& request, const HeaderMatcher& header) {
  if (header.invert) return true;  // it matches what is not there
  bool known = true;
  std::string value = "x";
  if (header.kind == HeaderMatcher::Kind::kPresent && !header.present) return true;
  if (header.kind == HeaderMatcher::Kind::kString) value = text_for(header.string, known);
  if (header.kind == HeaderMatcher::Kind::kRange) value = std::to_string(header.range_start);
  if (header.name == ":method") {
    request.method = value;
  } else if (header.name == ":authority") {
    request.authority = value;
  } else {
    request.headers.emplace_back(std::string(header.name), value);
  }
  return known;
}

bool aim_path(TraceRequest& request, const PathMatch& path) {
  switch (path.kind) {
    case PathMatch::Kind::kPrefix:
    case PathMatch::Kind::kExact:
    case PathMatch::Kind::kPathSeparatedPrefix:
      request.path = path.value.empty() ? "/" : std::string(path.value);
      return true;
    case PathMatch::Kind::kNone:
      return true;
    case PathMatch::Kind::kConnect:
      request.method = "CONNECT";
      return true;
    case PathMatch::Kind::kRegex:
    case PathMatch::Kind::kTemplate:
      break;
  }
  return false;
}

// The headers without which a fault of the route is not injected.
void aim_at_fault(TraceRequest& request, json::Value typed_per_filter_config) {
  for (const json::Member member : typed_per_filter_config.members()) {
    const Extension filter = decode_any(member.key, member.value);
    if (filter.type_name() != "HTTPFault") continue;
    for (const json::Value header : filter.config["headers"].elements()) {
      add_header(request, decode_header_matcher(header));
    }
  }
}

}  // namespace

Place place_of(const Index& index, const Evidence& evidence) {
  Place place;
  for (const Resource& resource : index.snapshot().resources(Section::kListeners)) {
    if (!resource.serves() || !holds(resource.body, evidence.pointer)) continue;
    place.listener = &index.listener(resource);
    find_chain(*place.listener, evidence.pointer, place);
  }
  for (const RouteConfigEntry& entry : index.route_configs()) {
    if (holds(entry.config->source, evidence.pointer)) {
      find_route(index, entry, evidence.pointer, place);
    }
  }
  if (place.config != nullptr) return place;
  for (const HttpUse& use : index.http_uses()) {
    if (place.chain != nullptr && use.filter_chain == place.chain) place.uses.push_back(&use);
  }
  return place;
}

TraceRequest connection_to(const Listener& listener, const FilterChain& chain) {
  TraceRequest request;
  request.direction = listener.direction == Listener::Direction::kInbound
                          ? TraceRequest::Direction::kInbound
                          : TraceRequest::Direction::kOutbound;
  request.authority = kSomeHost;
  request.port = chain.match.destination_port.value_or(listener.primary().port);
  request.destination = listener.primary().host;
  if (!chain.match.prefix_ranges.empty()) {
    request.destination = chain.match.prefix_ranges.front().address;
  } else if (is_unspecified(request.destination)) {
    request.destination = kSomeAddress;
  }
  request.tls = terminates_tls(chain) || chain.match.transport_protocol == "tls" ||
                !chain.match.server_names.empty();
  if (!chain.match.server_names.empty()) {
    request.sni = authority_of(chain.match.server_names.front());
  } else if (*request.tls) {
    request.sni = kSomeHost;
  }
  if (*request.tls) {
    for (const std::string_view protocol : chain.match.application_protocols) {
      request.alpn.emplace_back(protocol);
    }
    request.identity = "spiffe://cluster.local/ns/some/sa/client";
  }
  return request;
}

TraceRequest request_to(const HttpUse& use, const VirtualHost* host) {
  TraceRequest request = connection_to(*use.listener, *use.filter_chain);
  if (host != nullptr && !host->domains.empty()) {
    request.authority = authority_of(host->domains.front());
  } else if (request.sni) {
    request.authority = *request.sni;
  }
  return request;
}

bool aim(TraceRequest& request, const RouteMatch& match) {
  bool known = aim_path(request, match.path);
  for (const HeaderMatcher& header : match.headers) known = add_header(request, header) && known;
  for (const ParameterMatcher& parameter : match.query_parameters) {
    std::string value = parameter.kind == ParameterMatcher::Kind::kString
                            ? text_for(parameter.string, known)
                            : std::string();
    request.path += fmt::format("{}{}={}", request.path.find('?') == std::string::npos ? "?" : "&",
                                parameter.name, value);
  }
  return known && match.cookies.empty();
}

std::vector<TraceRequest> requests_to(const Place& place) {
  std::vector<TraceRequest> requests;
  for (const HttpUse* use : place.uses) {
    TraceRequest request = request_to(*use, place.host);
    if (place.route != nullptr) {
      if (!aim(request, place.route->match)) continue;
      aim_at_fault(request, place.route->typed_per_filter_config);
    }
    requests.push_back(std::move(request));
  }
  if (place.uses.empty() && place.chain != nullptr) {
    requests.push_back(connection_to(*place.listener, *place.chain));
  }
  return requests;
}

}  // namespace xdscope::testing
