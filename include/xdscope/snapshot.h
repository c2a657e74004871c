// What a proxy said about itself: the resources of one or more dumps, found but not yet decoded.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/error.h"
#include "xdscope/json.h"

namespace xdscope {

// The sections of /config_dump (envoy.admin.v3.*ConfigDump), then the other admin replies.
enum class Section {
  kBootstrap,
  kClusters,
  kEndpoints,
  kListeners,
  kScopedRoutes,
  kRoutes,
  kSecrets,
  kEcds,
  kClusterStatuses,   // /clusters?format=json
  kListenerStatuses,  // /listeners?format=json
  kCertificates,      // /certs
  kServerInfo,        // /server_info
  kStats,             // /stats?format=json
  kCount,
};
inline constexpr std::size_t kSectionCount = static_cast<std::size_t>(Section::kCount);

// "listeners", "route configurations", …: for messages.
std::string_view section_name(Section section);

// Only kStatic and kActive serve traffic (envoy.admin.v3.ListenersConfigDump and its neighbours).
enum class ResourceState { kStatic, kActive, kWarming, kDraining, kRejected };
std::string_view state_name(ResourceState state);

// One resource of a section. Views and values live as long as the Snapshot.
struct Resource {
  Section section = Section::kBootstrap;
  ResourceState state = ResourceState::kStatic;
  // The resource's name; for endpoints the cluster_name of the ClusterLoadAssignment. A rejected
  // listener without a name takes that of its failed_configuration.
  std::string_view name;
  // The resource itself (Listener, Cluster, RouteConfiguration, …); for kRejected what Envoy
  // refused, absent where the dump does not say.
  json::Value body;
  // The dump's entry around it: version_info, last_updated, client_status.
  json::Value entry;
  // For kRejected: error_state.details, Envoy's reason.
  std::string_view details;

  bool serves() const { return state == ResourceState::kStatic || state == ResourceState::kActive; }
};

// A part of the input that could not be used; everything else still is.
struct Problem {
  std::string what;   // "cluster 3 has no name"
  std::string where;  // file:line and JSON pointer
};

// The proxy itself, from bootstrap.node (or /server_info).
enum class Role { kUnknown, kSidecar, kGateway, kWaypoint, kZtunnel, kEnvoy };
std::string_view role_name(Role role);

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
  auto operator<=>(const Version&) const = default;
  bool known() const { return major != 0 || minor != 0; }
};
// "1.30.0", "1.30-dev", "v1.40": the leading numbers; unknown where there are none.
Version parse_version(std::string_view text);

struct Node {
  std::string_view id;
  std::string_view cluster;
  std::string_view name;        // the pod, from the id or metadata NAME
  std::string_view namespace_;  // from the id or metadata NAMESPACE
  std::string_view istio_version;
  Role role = Role::kUnknown;
  Version envoy;  // user_agent_build_version, else /server_info
  Version istio;
  json::Value metadata;
  json::Value source;
};

// Everything known about one proxy. Owns the bytes that all views and values refer to; neither
// copied nor moved, so that they stay valid as long as it lives.
class Snapshot {
 public:
  Snapshot();
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // A name for people: the pod, else the file.
  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }

  // Resources of a section in the order of the dump: dynamic ones before static ones, active before
  // warming before draining before rejected, as istioctl lists them.
  const std::vector<Resource>& resources(Section section) const {
    return sections_[static_cast<std::size_t>(section)].resources;
  }
  // Whether the input had the section at all; what is not there is unknown, not empty.
  bool has(Section section) const { return sections_[static_cast<std::size_t>(section)].present; }
  // Whether the section came from a ?resource= reply or a bare resource, and may lack its other
  // kinds.
  bool partial(Section section) const {
    return sections_[static_cast<std::size_t>(section)].partial;
  }
  // Whether entries of the section could not be read and were left out (see problems()).
  bool broken(Section section) const { return sections_[static_cast<std::size_t>(section)].broken; }
  // Whether a resource that is not found in the section is truly not there.
  bool complete(Section section) const {
    return has(section) && !partial(section) && !broken(section);
  }
  // The whole reply of a section that is no list (bootstrap, /server_info, …), or the section's
  // object in a whole dump; the last one, where there are several.
  json::Value section(Section section) const {
    return sections_[static_cast<std::size_t>(section)].body;
  }
  // The Bootstrap message, from a dump or a bootstrap file.
  json::Value bootstrap() const;
  const Node& node() const { return node_; }
  // The parts of the input that the snapshot was made from: whole dumps, replies, bare resources.
  const std::vector<json::Value>& roots() const { return roots_; }
  const std::vector<Problem>& problems() const { return problems_; }
  // Values that had to be of another type, of what has been decoded so far.
  std::vector<Problem> type_problems() const;

  // For what is found wrong later, while resources are decoded.
  void add_problem(Problem problem) { problems_.push_back(std::move(problem)); }

  // file:line (and JSON pointer) of a value, for evidence.
  std::string where(const json::Value& value) const;

 private:
  friend class SnapshotBuilder;
  struct SectionData {
    bool present = false;
    bool partial = false;
    bool broken = false;
    json::Value body;
    std::vector<Resource> resources;
  };

  std::string name_;
  std::vector<std::shared_ptr<json::Document>> documents_;
  std::vector<json::Value> roots_;
  std::array<SectionData, kSectionCount> sections_;
  Node node_;
  std::vector<Problem> problems_;
};

}  // namespace xdscope
