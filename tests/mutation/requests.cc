#include "mutation/requests.h"

#include <fstream>
#include <iterator>

#include "json/document.h"
#include "trace/request_lines.h"

namespace xdscope::mutation {
namespace {

constexpr std::size_t kMost = 48;

void add_real(const std::filesystem::path& path, std::vector<TraceRequest>& out) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.empty()) return;
  const auto document = json::Document::parse(Buffer(text), path.string());
  if (!document) return;
  std::vector<json::Value> roots;
  for (const json::Value root : (*document)->roots()) roots.push_back(root);
  const std::size_t step = std::max<std::size_t>(1, roots.size() / (kMost / 2));
  for (std::size_t i = 0; i < roots.size(); i += step) {
    trace::RequestLine line;
    if (trace::read_request(roots[i], line)) out.push_back(line.request);
  }
}

std::uint32_t port_of(const std::string& domain, const std::string& route_config) {
  for (const std::string& text : {domain.substr(domain.rfind(':') + 1), route_config}) {
    const std::string digits = text.substr(text.rfind('.') + 1);
    if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos) {
      return static_cast<std::uint32_t>(std::stoul(digits) & 0xffff);
    }
  }
  return 80;
}

void add_virtual_hosts(const Json& config, std::vector<TraceRequest>& out) {
  for (const Json& host : config.value("virtual_hosts", Json::array())) {
    std::string domain = host.value("domains", Json::array({"*"}))[0];
    if (domain.find('*') != std::string::npos) domain = "any.example.com";
    TraceRequest request;
    request.direction = TraceRequest::Direction::kOutbound;
    request.port = port_of(domain, config.value("name", ""));
    request.authority = domain;
    out.push_back(request);
  }
}

void add_inbound(const Json& listener, std::vector<TraceRequest>& out) {
  if (listener.value("name", "") != "virtualInbound") return;
  for (const Json& chain : listener.value("filter_chains", Json::array())) {
    const Json match = chain.value("filter_chain_match", Json::object());
    if (!match.contains("destination_port")) continue;
    TraceRequest request;
    request.direction = TraceRequest::Direction::kInbound;
    request.port = match["destination_port"];
    request.authority = "inbound.example.com";
    request.destination = "11.0.0.1";
    out.push_back(request);
  }
}

}  // namespace

std::vector<TraceRequest> requests_for(const Capture& capture, const std::filesystem::path& data) {
  std::vector<TraceRequest> out;
  add_real(data / "requests" / (capture.name + ".jsonl"), out);
  std::vector<TraceRequest> made;
  for (const Entry& entry : capture.entries) {
    const Json& holder = capture.dump["configs"][entry.section][entry.list][entry.index];
    const Json& body = holder.at(Json::json_pointer(entry.body));
    if (entry.table == "routes") add_virtual_hosts(body, made);
    if (entry.table == "listeners") add_inbound(body, made);
  }
  const std::size_t step = std::max<std::size_t>(1, made.size() / (kMost / 2));
  for (std::size_t i = 0; i < made.size(); i += step) out.push_back(made[i]);
  return out;
}

}  // namespace xdscope::mutation
