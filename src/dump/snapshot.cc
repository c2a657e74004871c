#include "xdscope/snapshot.h"

#include <fmt/format.h>

#include "json/broken.h"
#include "json/document.h"

namespace xdscope {

std::string_view section_name(Section section) {
  switch (section) {
    case Section::kBootstrap:
      return "bootstrap";
    case Section::kClusters:
      return "clusters";
    case Section::kEndpoints:
      return "endpoints";
    case Section::kListeners:
      return "listeners";
    case Section::kScopedRoutes:
      return "scoped routes";
    case Section::kRoutes:
      return "route configurations";
    case Section::kSecrets:
      return "secrets";
    case Section::kEcds:
      return "extension configurations";
    case Section::kClusterStatuses:
      return "cluster statuses (/clusters)";
    case Section::kListenerStatuses:
      return "listener statuses (/listeners)";
    case Section::kCertificates:
      return "certificates (/certs)";
    case Section::kServerInfo:
      return "server information (/server_info)";
    case Section::kStats:
      return "statistics (/stats)";
    case Section::kCount:
      break;
  }
  return "nothing";
}

std::string_view state_name(ResourceState state) {
  switch (state) {
    case ResourceState::kStatic:
      return "static";
    case ResourceState::kActive:
      return "active";
    case ResourceState::kWarming:
      return "warming";
    case ResourceState::kDraining:
      return "draining";
    case ResourceState::kRejected:
      return "rejected";
  }
  return "unknown";
}

std::string_view role_name(Role role) {
  switch (role) {
    case Role::kUnknown:
      return "unknown";
    case Role::kSidecar:
      return "sidecar";
    case Role::kGateway:
      return "gateway";
    case Role::kWaypoint:
      return "waypoint";
    case Role::kZtunnel:
      return "ztunnel";
    case Role::kEnvoy:
      return "envoy";
  }
  return "unknown";
}

Snapshot::Snapshot() = default;
Snapshot::~Snapshot() = default;

json::Value Snapshot::bootstrap() const {
  const json::Value body = section(Section::kBootstrap);
  return body["bootstrap"].is_object() ? body["bootstrap"] : body;
}

std::vector<Problem> Snapshot::type_problems() const {
  std::vector<Problem> problems;
  for (const auto& document : documents_) {
    for (const json::Mismatch& mismatch : json::mismatches(*document)) {
      problems.push_back({json::describe(mismatch) + "; left out", where(mismatch.value)});
    }
  }
  return problems;
}

std::string Snapshot::where(const json::Value& value) const {
  if (value.document() == nullptr) return {};
  const std::string pointer = json::pointer_of(value);
  return fmt::format("{}:{}{}{}", value.document()->name(), json::position_of(value).line,
                     pointer.empty() ? "" : " ", pointer);
}

}  // namespace xdscope
