#include "trace/access_log.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "base/try.h"
#include "json/document.h"

namespace xdscope::trace {
namespace {

// The fields of a line that a trace needs; "-" stands for none.
struct Fields {
  std::string method;
  std::string path;
  std::string protocol;
  std::string authority;
  std::string user_agent;
  std::string forwarded_for;
  std::string cluster;
  std::string local_address;
  std::string remote_address;
  std::string server_name;
};

bool given(std::string_view field) { return !field.empty() && field != "-"; }

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorCode::kUsage, std::move(message), {},
              "paste one line of Istio's default access log, text or JSON");
}

// Fields are separated by spaces; quotes and brackets hold some together.
std::vector<std::string> split_fields(std::string_view line) {
  std::vector<std::string> out;
  std::size_t at = 0;
  while (at < line.size()) {
    if (line[at] == ' ') {
      ++at;
      continue;
    }
    const char open = line[at];
    if (open == '"' || (open == '[' && out.empty())) {
      const auto end = line.find(open == '"' ? '"' : ']', at + 1);
      out.emplace_back(line.substr(at + 1, end == line.npos ? line.npos : end - at - 1));
      at = end == line.npos ? line.size() : end + 1;
    } else {
      const auto end = line.find(' ', at);
      out.emplace_back(line.substr(at, end == line.npos ? line.npos : end - at));
      at = end == line.npos ? line.size() : end;
    }
  }
  return out;
}

// Releases differ in what stands between the response flags and x-forwarded-for, so the rest is
// counted from the end.
Result<Fields> read_text_line(std::string_view line) {
  const std::vector<std::string> parts = split_fields(line);
  if (parts.size() < 16) return refuse("the line has too few fields for an access log of Istio");
  const auto request = split(parts[1], ' ');
  if (request.size() != 3) return refuse("the line has no \"METHOD PATH PROTOCOL\"");
  const auto from_end = [&](std::size_t back) { return parts[parts.size() - back]; };
  Fields out;
  out.method = request[0];
  out.path = request[1];
  out.protocol = request[2];
  out.server_name = from_end(2);
  out.remote_address = from_end(3);
  out.local_address = from_end(4);
  out.cluster = from_end(6);
  out.authority = from_end(8);
  out.user_agent = from_end(10);
  out.forwarded_for = from_end(11);
  return out;
}

Result<Fields> read_json_line(std::string_view line) {
  XDSCOPE_TRY_ASSIGN(const auto document, json::Document::parse(Buffer(line), "access log line"));
  if (document->roots().size() != 1 || !document->roots().front().is_object()) {
    return refuse("the line is no JSON object");
  }
  const json::Value root = document->roots().front();
  Fields out;
  const auto read = [&](std::string_view key, std::string& field) { field = root.at(key).text(); };
  read("method", out.method);
  read("path", out.path);
  read("protocol", out.protocol);
  read("authority", out.authority);
  read("user_agent", out.user_agent);
  read("x_forwarded_for", out.forwarded_for);
  read("upstream_cluster", out.cluster);
  read("downstream_local_address", out.local_address);
  read("downstream_remote_address", out.remote_address);
  read("requested_server_name", out.server_name);
  return out;
}

// "10.0.0.1:80", "[fd00::1]:80".
void read_address(std::string_view text, std::string& host, std::uint32_t& port) {
  const auto colon = text.rfind(':');
  long number = 0;
  if (colon == text.npos || !parse_decimal(text.substr(colon + 1), number)) return;
  std::string_view name = text.substr(0, colon);
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  host = name;
  if (number > 0 && number <= 65535) port = static_cast<std::uint32_t>(number);
}

}  // namespace

Result<TraceRequest> parse_access_log_line(std::string_view line) {
  line = trim(line);
  Fields fields;
  if (line.starts_with('{')) {
    XDSCOPE_TRY_ASSIGN(fields, read_json_line(line));
  } else {
    XDSCOPE_TRY_ASSIGN(fields, read_text_line(line));
  }
  if (!given(fields.method) || !given(fields.authority)) {
    return refuse("the line is that of a connection without HTTP: it has no method and host");
  }
  TraceRequest request;
  request.method = fields.method;
  request.path = given(fields.path) ? fields.path : "/";
  request.authority = fields.authority;
  if (given(fields.protocol)) request.protocol = fields.protocol;
  if (given(fields.user_agent)) request.headers.emplace_back("user-agent", fields.user_agent);
  if (given(fields.forwarded_for)) {
    request.headers.emplace_back("x-forwarded-for", fields.forwarded_for);
  }
  const bool inbound = fields.cluster.starts_with("inbound") ||
                       fields.cluster.starts_with("InboundPassthroughCluster");
  if (inbound) {
    request.direction = TraceRequest::Direction::kInbound;
  } else if (given(fields.cluster)) {
    request.direction = TraceRequest::Direction::kOutbound;
  }
  if (given(fields.local_address)) {
    read_address(fields.local_address, request.destination, request.port);
  }
  if (given(fields.remote_address)) {
    read_address(fields.remote_address, request.source, request.source_port);
  }
  if (given(fields.server_name)) {
    request.sni = fields.server_name;
    // An SNI that Istio made up is that of mutual TLS between workloads.
    if (fields.server_name.starts_with("outbound_.") && inbound) {
      request.alpn = {"istio-http/1.1"};
    }
  }
  return request;
}

}  // namespace xdscope::trace
