#include "rules/service_file.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/try.h"
#include "input/yaml_to_json.h"

namespace xdscope::rules {
namespace {

using Json = nlohmann::json;

const Json& member(const Json& json, const char* name) {
  static const Json kNone;
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found == json.end() ? kNone : *found;
}

void add_service(const Json& service, ServicePorts& out) {
  for (const Json& port : member(member(service, "spec"), "ports")) {
    const Json& number = member(port, "port");
    const Json& protocol = member(port, "protocol");
    if (!number.is_number_integer() || (protocol.is_string() && protocol != "TCP")) continue;
    const Json& target = member(port, "targetPort");
    const bool is_name = target.is_string();
    out.ports.push_back(fmt::format("{}:{}", number.get<std::int64_t>(),
                                    is_name ? target.get<std::string>()
                                    : target.is_number_integer()
                                        ? std::to_string(target.get<std::int64_t>())
                                        : std::to_string(number.get<std::int64_t>())));
    if (is_name) out.named.push_back(out.ports.back());
  }
}

// How many Services the document holds.
std::size_t add_document(const Json& document, ServicePorts& out) {
  if (member(document, "kind") == "Service") {
    add_service(document, out);
    return 1;
  }
  std::size_t count = 0;
  for (const Json& item : member(document, "items")) count += add_document(item, out);
  return count;
}

}  // namespace

Result<ServicePorts> read_service_ports(std::string_view yaml, const std::string& name) {
  auto json = yaml_to_json(yaml, name);
  if (!json) {
    Error error = json.error();
    error.code = ErrorCode::kUsage;
    return std::unexpected(std::move(error));
  }
  ServicePorts ports;
  std::size_t services = 0;
  std::istringstream documents{std::string(json->view())};
  // What yaml_to_json() wrote is JSON: nothing is thrown.
  for (Json document; documents >> std::ws && !documents.eof() && documents >> document;) {
    services += add_document(document, ports);
  }
  if (services == 0) {
    return fail(ErrorCode::kUsage, "the file holds no Service", name,
                "kubectl get service NAME -o yaml writes one");
  }
  return ports;
}

}  // namespace xdscope::rules
