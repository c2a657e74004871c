#include "trace/request.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace xdscope::trace {
namespace {

// Headers that Envoy keeps in slots of their own: repeats are joined with "," when they arrive
// (envoy/http/header_map.h, and the headers that extensions register).
constexpr auto kInlineHeaders = std::to_array<std::string_view>({
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "authentication",
    "authorization",
    "cache-control",
    "cdn-loop",
    "connection",
    "content-encoding",
    "content-type",
    "expect",
    "grpc-accept-encoding",
    "grpc-timeout",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "keep-alive",
    "origin",
    "pragma",
    "proxy-connection",
    "referer",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "via",
    "x-client-trace-id",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-downstream-service-cluster",
    "x-envoy-downstream-service-node",
    "x-envoy-external-address",
    "x-envoy-is-timeout-retry",
    "x-envoy-max-retries",
    "x-envoy-original-host",
    "x-envoy-original-path",
    "x-envoy-retriable-header-names",
    "x-envoy-retriable-status-codes",
    "x-envoy-retry-grpc-on",
    "x-envoy-retry-on",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-request-id",
});

bool is_inline(std::string_view name) { return std::ranges::binary_search(kInlineHeaders, name); }

}  // namespace

void append_header(std::vector<Header>& headers, std::string_view name, std::string_view value) {
  if (is_inline(name)) {
    for (Header& header : headers) {
      if (header.name == name) {
        if (!header.value.empty() && !value.empty()) header.value += ',';
        header.value += value;
        return;
      }
    }
  }
  headers.push_back({std::string(name), std::string(value)});
}

void HttpRequest::add(std::string_view name, std::string_view value) {
  const std::string lower = to_lower(name);
  if (std::string* field = pseudo(lower)) {
    *field = value;
    return;
  }
  append_header(headers, lower, value);
}

void HttpRequest::set(std::string_view name, std::string_view value) {
  const std::string lower = to_lower(name);
  if (std::string* field = pseudo(lower)) {
    *field = value;
    return;
  }
  const std::string kept(value);
  remove(lower);
  headers.push_back({lower, kept});
}

void HttpRequest::set_unknown(std::string_view name) {
  remove(name);
  headers.push_back({to_lower(name), {}, false});
}

void HttpRequest::remove(std::string_view name) {
  const std::string lower = to_lower(name);
  std::erase_if(headers, [&](const Header& header) { return header.name == lower; });
}

std::vector<std::string_view> HttpRequest::values(std::string_view name) const {
  if (const std::string* field = pseudo(name)) {
    if (field->empty()) return {};
    return {*field};
  }
  std::vector<std::string_view> values;
  for (const Header& header : headers) {
    if (header.name == name) values.push_back(header.value);
  }
  return values;
}

const std::string* HttpRequest::first(std::string_view name) const {
  if (const std::string* field = pseudo(name)) return field->empty() ? nullptr : field;
  for (const Header& header : headers) {
    if (header.name == name) return &header.value;
  }
  return nullptr;
}

bool HttpRequest::known(std::string_view name) const {
  return std::ranges::all_of(
      headers, [&](const Header& header) { return header.known || header.name != name; });
}

std::string HttpRequest::joined(std::string_view name) const {
  std::string out;
  bool later = false;
  for (const std::string_view value : values(name)) {
    if (later) out += ',';
    out += value;
    later = true;
  }
  return out;
}

std::string_view HttpRequest::path_without_query() const {
  return std::string_view(path).substr(0, path.find_first_of("?#"));
}

std::string_view HttpRequest::query() const {
  const auto mark = path.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(path).substr(mark + 1);
}

std::string HttpRequest::upgrade() const {
  if (method == "CONNECT") return "connect";
  const std::string connection = joined("connection");
  const auto says = split(connection, ',');
  const bool upgrades = std::ranges::any_of(
      says, [](std::string_view one) { return equals_ignoring_case(trim(one), "upgrade"); });
  return upgrades ? to_lower(trim(joined("upgrade"))) : std::string();
}

bool HttpRequest::is_grpc() const {
  constexpr std::string_view kGrpc = "application/grpc";
  const std::string* type = first("content-type");
  return type != nullptr && type->starts_with(kGrpc) &&
         (type->size() == kGrpc.size() || (*type)[kGrpc.size()] == '+');
}

const std::string* HttpRequest::pseudo(std::string_view name) const {
  if (name == "host") return &authority;
  if (!name.starts_with(':')) return nullptr;
  if (name == ":method") return &method;
  if (name == ":path") return &path;
  if (name == ":authority") return &authority;
  if (name == ":scheme") return &scheme;
  return nullptr;
}

std::string* HttpRequest::pseudo(std::string_view name) {
  return const_cast<std::string*>(std::as_const(*this).pseudo(name));
}

}  // namespace xdscope::trace
