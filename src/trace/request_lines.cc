#include "trace/request_lines.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "json/document.h"

namespace xdscope::trace {
namespace {

std::unexpected<Error> refuse(std::string message, std::string hint = {}) {
  return fail(ErrorCode::kUsage, std::move(message), {}, std::move(hint));
}

Result<void> read_text(const json::Member& member, std::string& out) {
  if (member.value.type() == json::Type::kNull) return {};
  const auto text = member.value.string();
  if (!text) return refuse(fmt::format("\"{}\" is no string", member.key));
  out = *text;
  return {};
}

Result<void> read_port(const json::Member& member, std::uint32_t& out) {
  if (member.value.type() == json::Type::kNull) return {};
  const auto number = member.value.integer();
  if (!number || *number < 0 || *number > 65535) {
    return refuse(fmt::format("\"{}\" is no port", member.key));
  }
  out = static_cast<std::uint32_t>(*number);
  return {};
}

Result<void> read_headers(json::Value headers,
                          std::vector<std::pair<std::string, std::string>>& out) {
  if (!headers) return {};
  constexpr const char* kHint = "write [[\"name\", \"value\"], …]";
  if (headers.is_object()) {
    for (const json::Member member : headers.members()) {
      if (!member.value.is_string()) return refuse("a header has no value", kHint);
      out.emplace_back(member.key, member.value.text());
    }
    return {};
  }
  if (!headers.is_array()) return refuse("\"headers\" is no list", kHint);
  for (const json::Value pair : headers.elements()) {
    std::string_view parts[2];
    std::size_t count = 0;
    for (const json::Value part : pair.elements()) {
      const auto text = part.string();
      if (!text || count == 2) return refuse("a header is not a name and a value", kHint);
      parts[count++] = *text;
    }
    if (count != 2) return refuse("a header is not a name and a value", kHint);
    out.emplace_back(parts[0], parts[1]);
  }
  return {};
}

Result<void> read_alpn(json::Value value, std::vector<std::string>& out) {
  if (value && !value.is_array()) return refuse("\"alpn\" is no list");
  for (const json::Value one : value.elements()) {
    if (!one.is_string()) return refuse("a protocol of \"alpn\" is no string");
    out.emplace_back(one.text());
  }
  return {};
}

Result<void> read_direction(json::Value value, TraceRequest& request) {
  const std::string_view text = value.text();
  if (text == "inbound") {
    request.direction = TraceRequest::Direction::kInbound;
  } else if (text == "outbound") {
    request.direction = TraceRequest::Direction::kOutbound;
  } else if (value) {
    return refuse("\"direction\" is neither inbound nor outbound");
  }
  return {};
}

Result<void> read_member(const json::Member& member, RequestLine& line) {
  TraceRequest& request = line.request;
  const std::string_view key = member.key;
  if (key == "id") {
    // Raw line ends can only stand between the parts of an object or a list.
    line.id = member.value.raw();
    std::erase_if(line.id, [](char c) { return c == '\n' || c == '\r'; });
    return {};
  }
  if (key == "authority" || key == "host") return read_text(member, request.authority);
  if (key == "method") return read_text(member, request.method);
  if (key == "path") return read_text(member, request.path);
  if (key == "dst" || key == "destination") return read_text(member, request.destination);
  if (key == "port") return read_port(member, request.port);
  if (key == "headers") return read_headers(member.value, request.headers);
  if (key == "direction") return read_direction(member.value, request);
  if (key == "source") return read_text(member, request.source);
  if (key == "source_port") return read_port(member, request.source_port);
  if (key == "scheme") return read_text(member, request.scheme);
  if (key == "protocol") return read_text(member, request.protocol);
  if (key == "tls") {
    request.tls = member.value.boolean();
    if (member.value && !request.tls) return refuse("\"tls\" is neither true nor false");
    return {};
  }
  if (key == "alpn") return read_alpn(member.value, request.alpn);
  if (key == "sni" || key == "identity") {
    if (!member.value) return {};
    if (!member.value.is_string()) return refuse(fmt::format("\"{}\" is no string", key));
    (key == "sni" ? request.sni : request.identity) = std::string(member.value.text());
    return {};
  }
  // What else stands there ("observed", a comment) is the user's own.
  return {};
}

std::string where_of(json::Value value) {
  const json::Position position = json::position_of(value);
  return fmt::format("{}:{}", value.document()->name(), position.line);
}

}  // namespace

Result<void> read_request(json::Value object, RequestLine& line) {
  Result<void> read;
  if (!object.is_object()) read = refuse("this is no JSON object", "each line is one request");
  line.id = "null";
  line.request = TraceRequest();
  for (const json::Member member : object.members()) {
    if (!read) break;
    read = read_member(member, line);
  }
  if (!read) {
    Error error = std::move(read).error();
    error.where = where_of(object);
    return std::unexpected(std::move(error));
  }
  return {};
}

}  // namespace xdscope::trace
