#include <charconv>

#include "base/text.h"
#include "dump/builder.h"

namespace xdscope {
namespace {

Version read_version(json::Value version) {
  return {static_cast<int>(version["major_number"].integer_or(0)),
          static_cast<int>(version["minor_number"].integer_or(0)),
          static_cast<int>(version["patch"].integer_or(0))};
}

// /server_info: "<commit>/1.40.0/Clean/RELEASE/BoringSSL".
Version version_of_server_info(std::string_view text) {
  const auto parts = split(text, '/');
  return parts.size() > 1 ? parse_version(parts[1]) : Version{};
}

// Istio's node ids: "sidecar~10.0.0.1~pod.namespace~namespace.svc.cluster.local"
// (istio.io: pilot/pkg/model, Proxy.ServiceNode).
Role role_of(std::string_view id) {
  const std::string_view type = id.substr(0, id.find('~'));
  if (type == "sidecar") return Role::kSidecar;
  if (type == "router") return Role::kGateway;
  if (type == "waypoint") return Role::kWaypoint;
  if (type == "ztunnel") return Role::kZtunnel;
  return Role::kEnvoy;
}

}  // namespace

Version parse_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  Version version;
  for (int* part : {&version.major, &version.minor, &version.patch}) {
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), *part);
    if (code != std::errc()) break;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return version;
}

Node read_node(const Snapshot& snapshot) {
  Node node;
  json::Value server_info = snapshot.section(Section::kServerInfo);
  json::Value source = snapshot.bootstrap()["node"];
  if (!source) source = server_info["node"];
  node.source = source;
  node.id = source["id"].text();
  node.cluster = source["cluster"].text();
  node.metadata = source["metadata"];
  node.istio_version = node.metadata.at("ISTIO_VERSION").text();
  node.istio = parse_version(node.istio_version);
  node.envoy = read_version(source["user_agent_build_version"]["version"]);
  if (!node.envoy.known()) node.envoy = version_of_server_info(server_info["version"].text());

  if (const auto parts = split(node.id, '~'); parts.size() == 4) {
    node.role = role_of(node.id);
    // Namespaces have no dot, pods may.
    const std::size_t dot = parts[2].rfind('.');
    node.name = parts[2].substr(0, dot);
    if (dot != std::string_view::npos) node.namespace_ = parts[2].substr(dot + 1);
  } else if (source || snapshot.has(Section::kBootstrap)) {
    node.role = Role::kEnvoy;
  }
  if (node.name.empty()) node.name = node.metadata.at("NAME").text();
  if (node.namespace_.empty()) node.namespace_ = node.metadata.at("NAMESPACE").text();
  return node;
}

}  // namespace xdscope
