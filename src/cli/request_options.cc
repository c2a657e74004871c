#include "cli/request_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "base/try.h"
#include "trace/access_log.h"
#include "trace/url.h"

namespace xdscope::cli {
namespace {

bool is_method(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(),
                                      [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
}

// "10.0.0.1", "10.0.0.1:80", "[fd00::1]:80", ":80".
Result<void> parse_destination(std::string_view text, TraceRequest& request) {
  std::string_view port;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close != text.npos) {
      request.destination = text.substr(1, close - 1);
      if (text.substr(close + 1).starts_with(':')) port = text.substr(close + 2);
    }
  } else if (std::count(text.begin(), text.end(), ':') > 1) {
    request.destination = text;
  } else {
    const auto colon = text.find(':');
    request.destination = text.substr(0, colon);
    if (colon != text.npos) port = text.substr(colon + 1);
  }
  long number = 0;
  if (!port.empty()) {
    if (!parse_decimal(port, number) || number < 1 || number > 65535) {
      return fail(ErrorCode::kUsage, fmt::format("--to: '{}' is no port", printable(port)));
    }
    request.port = static_cast<std::uint32_t>(number);
  }
  return {};
}

}  // namespace

void RequestOptions::add_to(CLI::App& command, const std::string& what, int most) {
  command.add_option("request", words, what + "; a pod to read from may stand in front")
      ->type_name(what)
      ->expected(0, most);
  command.add_option("-H,--header", headers, "Request header, 'name: value'; repeat for more")
      ->allow_extra_args(false)
      ->type_name("HEADER");
  command.add_option("--to", to, "Where the client connects to: IP[:PORT]")->type_name("IP:PORT");
  command.add_option("--from", from, "inbound: to the workload; outbound: from it")
      ->check(CLI::IsMember({"inbound", "outbound"}));
  command.add_option("--sni", sni, "Server name of the client's TLS handshake")->type_name("NAME");
  command.add_option("--alpn", alpn, "Protocols that the client offers, in its order")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("PROTOCOL");
  command.add_option("--source", source, "The client's address")->type_name("IP");
  command.add_option("--identity", identity, "The client certificate's URI; '' for none")
      ->type_name("URI");
  command
      .add_option("--access-log-line", access_log_line,
                  "A line of Envoy's access log, in Istio's default text format or JSON")
      ->type_name("LINE");
}

std::optional<std::string> RequestOptions::take_target(bool is_named) {
  if (words.empty() || is_named) return {};
  const std::string& first = words.front();
  const std::size_t rest = words.size() >= 2 && is_method(words[words.size() - 2]) ? 2 : 1;
  const bool is_request = is_method(first) || first.find("://") != std::string::npos;
  if (words.size() <= rest && is_request) return {};
  std::string target = first;
  words.erase(words.begin());
  return target;
}

Result<void> RequestOptions::add_connection(TraceRequest& request) const {
  if (!to.empty()) XDSCOPE_TRY(parse_destination(to, request));
  if (from == "inbound") request.direction = TraceRequest::Direction::kInbound;
  if (from == "outbound") request.direction = TraceRequest::Direction::kOutbound;
  if (sni) request.sni = sni;
  if (!alpn.empty()) request.alpn = alpn;
  if (!source.empty()) request.source = source;
  if (identity) request.identity = identity;
  return {};
}

Result<TraceRequest> RequestOptions::request() const {
  TraceRequest request;
  if (!access_log_line.empty()) {
    if (!words.empty()) {
      return fail(ErrorCode::kUsage, "--access-log-line and a URL exclude each other");
    }
    XDSCOPE_TRY_ASSIGN(request, trace::parse_access_log_line(access_log_line));
  } else {
    if (words.empty()) {
      return fail(ErrorCode::kUsage, "no request to trace", {},
                  "for example: xdscope trace -f dump.json GET https://shop.example.com/cart");
    }
    if (words.size() > 2) {
      return fail(ErrorCode::kUsage,
                  fmt::format("'{}' stands between the method and the URL", printable(words[1])),
                  {}, "for example: xdscope trace -f dump.json GET https://shop.example.com/cart");
    }
    if (words.size() > 1) {
      request.method = words.front();
      if (!is_method(request.method)) {
        return fail(ErrorCode::kUsage,
                    fmt::format("'{}' is no HTTP method", printable(request.method)), {},
                    "a method is a word in capitals, such as GET or POST");
      }
    }
    XDSCOPE_TRY_ASSIGN(const trace::Url url, trace::parse_url(words.back()));
    request.scheme = url.scheme;
    request.authority = url.authority;
    request.path = url.path;
  }
  for (const std::string& header : headers) {
    const auto colon = header.find(':', header.starts_with(':') ? 1 : 0);
    if (colon == std::string::npos || colon == 0) {
      return fail(ErrorCode::kUsage, fmt::format("'{}' is no header", printable(header)), {},
                  "write -H 'name: value'");
    }
    const std::string name(trim(std::string_view(header).substr(0, colon)));
    const std::string value(trim(std::string_view(header).substr(colon + 1)));
    // What a client sends as Host stands in place of the URL's.
    if (equals_ignoring_case(name, "host")) {
      request.authority = value;
    } else {
      request.headers.emplace_back(name, value);
    }
  }
  XDSCOPE_TRY(add_connection(request));
  return request;
}

}  // namespace xdscope::cli
