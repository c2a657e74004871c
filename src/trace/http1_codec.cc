#include "trace/http1_codec.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "json/broken.h"
#include "trace/host_normalization.h"

namespace xdscope::trace {
namespace {

// envoy: kValidMethods of source/common/http/http1/balsa_parser.cc.
constexpr std::array kMethods = std::to_array<std::string_view>(
    {"ACL",       "BIND",    "CHECKOUT", "CONNECT", "COPY",       "DELETE",     "GET",
     "HEAD",      "LINK",    "LOCK",     "MERGE",   "MKACTIVITY", "MKCALENDAR", "MKCOL",
     "MOVE",      "MSEARCH", "NOTIFY",   "OPTIONS", "PATCH",      "POST",       "PROPFIND",
     "PROPPATCH", "PURGE",   "PUT",      "REBIND",  "REPORT",     "SEARCH",     "SOURCE",
     "SUBSCRIBE", "TRACE",   "UNBIND",   "UNLINK",  "UNLOCK",     "UNSUBSCRIBE"});

// What Connection may name without a header being taken away.
constexpr std::array kHopByHop = std::to_array<std::string_view>(
    {"close", "keep-alive", "upgrade", "http2-settings", "proxy-connection"});
constexpr std::array kMayNotBeNamed =
    std::to_array<std::string_view>({"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"});

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

template <class List>
bool holds(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

EarlyReply refused(std::string_view details, std::string why) {
  return {400, details, std::nullopt, std::move(why), {}, "DPE"};
}

bool is_scheme_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

bool is_host_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') ||
         std::string_view("!$%&'()*+,-.:;=@[]_~").find(c) != std::string_view::npos;
}

// Whether the parser takes it for a request target (envoy: isUrlValid of balsa_parser.cc).
bool is_target(std::string_view path) {
  if (path.empty() || path[0] == '/' || path[0] == '*') return true;
  const auto scheme =
      static_cast<std::size_t>(std::ranges::find_if_not(path, is_scheme_character) - path.begin());
  if (!is_letter(path[0]) || path.substr(scheme, 3) != "://") return false;
  const std::string_view rest = path.substr(scheme + 3);
  const std::string_view host = rest.substr(0, rest.find_first_of("/?"));
  return std::ranges::all_of(host, is_host_character) && host.find("@@") == host.npos;
}

// envoy: ServerConnectionImpl::handlePath.
std::optional<EarlyReply> split_absolute_form(HttpRequest& request, const CodecOptions& options) {
  const std::string_view path = request.path;
  if (request.method != "CONNECT" && !is_target(path)) {
    return refused("http1.codec_error",
                   fmt::format("'{}' is neither a path nor a URL", printable(path)));
  }
  const bool plain = path.empty() || path[0] == '/' || (request.method == "OPTIONS" && path == "*");
  if (plain || request.method == "CONNECT" || !options.allow_absolute_url) return std::nullopt;
  const auto colon = path.find("://");
  const auto host = colon + 3;
  const auto end =
      colon == path.npos ? colon : std::min(path.find_first_of("/?#", host), path.size());
  if (colon == path.npos || colon == 0 || end == host) {
    return refused("http1.invalid_url",
                   fmt::format("'{}' is neither a path nor a URL", printable(path)));
  }
  const std::string scheme = to_lower(path.substr(0, colon));
  if (scheme != "http" && scheme != "https") {
    return refused("http1.invalid_scheme",
                   fmt::format("the request's URL has the scheme '{}'", printable(scheme)));
  }
  request.scheme = scheme;
  request.authority = path.substr(host, end - host);
  request.path = end == path.size() ? "/" : std::string(path.substr(end));
  return std::nullopt;
}

enum class HeaderFault { kNone, kUnderscore, kTooMany, kTooLarge };

// What both protocols refuse of headers. `own` are those that are no fields of their own in
// HttpRequest::headers: Host, or the pseudo-headers.
HeaderFault check_headers(HttpRequest& request, const CodecOptions& options, std::size_t own) {
  const auto has_underscore = [](const Header& header) {
    return header.name.find('_') != std::string::npos;
  };
  std::size_t bytes = request.authority.size();
  for (const Header& header : request.headers) bytes += header.name.size() + header.value.size();
  if (bytes > options.max_header_bytes || request.path.size() > options.max_header_bytes) {
    return HeaderFault::kTooLarge;
  }
  if (options.drop_underscores) {
    std::erase_if(request.headers, has_underscore);
  } else if (options.reject_underscores && std::ranges::any_of(request.headers, has_underscore)) {
    return HeaderFault::kUnderscore;
  }
  return request.headers.size() + own > options.max_headers ? HeaderFault::kTooMany
                                                            : HeaderFault::kNone;
}

std::string describe(HeaderFault fault, const CodecOptions& options) {
  switch (fault) {
    case HeaderFault::kUnderscore:
      return "headers with underscores are rejected (headers_with_underscores_action)";
    case HeaderFault::kTooMany:
      return fmt::format("there are more than {} headers (max_headers_count)", options.max_headers);
    default:
      return fmt::format("the headers are larger than {} KiB (max_request_headers_kb)",
                         options.max_header_bytes / 1024);
  }
}

std::optional<EarlyReply> refused_headers(HttpRequest& request, const CodecOptions& options) {
  const HeaderFault fault = check_headers(request, options, 1);
  if (fault == HeaderFault::kNone) return std::nullopt;
  EarlyReply reply = refused(fault == HeaderFault::kUnderscore ? "http1.unexpected_underscore"
                             : fault == HeaderFault::kTooMany  ? "http1.too_many_headers"
                                                               : "http1.headers_too_large",
                             describe(fault, options));
  if (fault != HeaderFault::kUnderscore) reply.code = 431;
  return reply;
}

// Takes the tokens that `drops` names out of a header, and the header where none is left.
template <class Drops>
void drop_tokens(HttpRequest& request, std::string_view name, const Drops& drops) {
  const std::string value = request.joined(name);
  std::string kept;
  for (const std::string_view token : split(value, ',')) {
    if (drops(trim(token))) continue;
    kept += fmt::format("{}{}", kept.empty() ? "" : ",", trim(token));
  }
  if (kept.empty()) {
    request.remove(name);
  } else {
    request.set(name, kept);
  }
}

// Browsers and Java clients ask for h2c on occasion; Envoy goes on with HTTP/1.1.
void ignore_upgrades(HttpRequest& request, const CodecOptions& options) {
  if (request.upgrade().empty()) return;
  const auto is_upgrade = [](std::string_view token) {
    return equals_ignoring_case(token, "upgrade") || equals_ignoring_case(token, "http2-settings");
  };
  if (!options.ignored_upgrades.empty()) {
    drop_tokens(request, "upgrade", [&](std::string_view token) {
      return std::ranges::any_of(options.ignored_upgrades, [&](const StringCriterion& one) {
        return one.matches(token) == Verdict::kYes;
      });
    });
    if (!request.has("upgrade")) {
      drop_tokens(request, "connection",
                  [](std::string_view token) { return equals_ignoring_case(token, "upgrade"); });
    }
  }
  if (request.upgrade() != "h2c") return;
  request.remove("upgrade");
  request.remove("http2-settings");
  drop_tokens(request, "connection", is_upgrade);
}

// An upgrade's Connection header is left alone.
std::optional<EarlyReply> take_named_headers(HttpRequest& request) {
  const std::string named = request.joined("connection");
  if (named.empty() || !request.upgrade().empty()) return std::nullopt;
  for (const std::string_view one : split(named, ',')) {
    const std::string name = to_lower(trim(one));
    if (name.empty() || holds(kHopByHop, name)) continue;
    if (name.starts_with(':') || holds(kMayNotBeNamed, name)) {
      return refused("http1.connection_header_rejected",
                     fmt::format("the header Connection names {}", printable(name)));
    }
    if (name == "host") {
      EarlyReply reply = refused("missing_host_header", "the header Connection names host");
      reply.flags = "-";
      return reply;
    }
    // `trailers` is all that TE may say, and that stays.
    if (name != "te") request.remove(name);
  }
  return std::nullopt;
}

}  // namespace

CodecOptions decode_codec_options(json::Value manager) {
  CodecOptions out;
  const json::Value http1 = manager["http_protocol_options"];
  out.allow_custom_methods = http1["allow_custom_methods"].boolean_or(false);
  out.allow_absolute_url = http1["allow_absolute_url"].boolean_or(true);
  for (const json::Value one : http1["ignore_http_11_upgrade"].elements()) {
    out.ignored_upgrades.emplace_back(decode_string_matcher(one));
  }
  out.max_headers =
      manager["common_http_protocol_options"]["max_headers_count"].unsigned_integer().value_or(
          out.max_headers);
  if (const auto kilobytes = manager["max_request_headers_kb"].unsigned_integer()) {
    out.max_header_bytes = *kilobytes * 1024;
  }
  const std::string_view underscores =
      json::enum_name(manager["common_http_protocol_options"]["headers_with_underscores_action"],
                      "ALLOW", {"REJECT_REQUEST", "DROP_HEADER"});
  out.reject_underscores = underscores == "REJECT_REQUEST";
  out.drop_underscores = underscores == "DROP_HEADER";
  return out;
}

std::optional<EarlyReply> pass_http1_codec(HttpRequest& request, const CodecOptions& options) {
  if (!options.allow_custom_methods && !holds(kMethods, request.method)) {
    return refused("http1.codec_error",
                   fmt::format("the method '{}' is not one that Envoy knows (allow_custom_methods)",
                               printable(request.method)));
  }
  if (auto reply = split_absolute_form(request, options)) return reply;
  if (auto reply = refused_headers(request, options)) return reply;
  if (auto reply = check_host(request)) {
    reply->flags = "DPE";
    return reply;
  }
  ignore_upgrades(request, options);
  return take_named_headers(request);
}

std::optional<EarlyReply> pass_http2_codec(HttpRequest& request, const CodecOptions& options) {
  const bool target = request.path.starts_with('/') || request.method == "CONNECT" ||
                      (request.method == "OPTIONS" && request.path == "*");
  if (!target) {
    return EarlyReply{0,
                      "http2.violation.of.messaging.rule",
                      std::nullopt,
                      fmt::format("the path '{}' does not begin with '/'", printable(request.path)),
                      {},
                      "DPE",
                      true};
  }
  if (const HeaderFault fault = check_headers(request, options, 4); fault != HeaderFault::kNone) {
    return EarlyReply{0,
                      fault == HeaderFault::kUnderscore ? "http2.unexpected_underscore"
                      : fault == HeaderFault::kTooMany  ? "http2.too_many_headers"
                                                        : "http2.header_list_size_exceeded",
                      std::nullopt,
                      describe(fault, options),
                      {},
                      "DR",
                      true};
  }
  std::string cookies;
  for (const Header& header : request.headers) {
    if (header.name == "cookie") cookies += (cookies.empty() ? "" : "; ") + header.value;
  }
  if (!cookies.empty()) request.set("cookie", cookies);
  return check_host(request);
}

}  // namespace xdscope::trace
