#include "rules/context.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "rules/support/istio.h"

namespace xdscope::rules {
namespace {

Input input_of(Section section) {
  switch (section) {
    case Section::kBootstrap:
      return Input::kBootstrap;
    case Section::kClusters:
      return Input::kClusters;
    case Section::kEndpoints:
      return Input::kEndpoints;
    case Section::kListeners:
    case Section::kListenerStatuses:
      return Input::kListeners;
    case Section::kSecrets:
      return Input::kSecrets;
    case Section::kEcds:
      return Input::kExtensions;
    case Section::kClusterStatuses:
      return Input::kClusterStatuses;
    case Section::kCertificates:
      return Input::kCertificates;
    case Section::kServerInfo:
      return Input::kServerInfo;
    case Section::kStats:
      return Input::kStats;
    case Section::kRoutes:
    case Section::kScopedRoutes:
    case Section::kCount:
      break;
  }
  return Input::kRoutes;
}

}  // namespace

// Delivered listeners are never Istio's own: a Gateway may serve one of these ports, too.
bool RuleContext::is_own(const Listener& listener) const {
  if (role() == Role::kEnvoy || !is_own_port(listener.primary().port)) return false;
  const auto& resources = setup_.index->snapshot().resources(Section::kListeners);
  return std::any_of(resources.begin(), resources.end(), [&](const Resource& resource) {
    return resource.state == ResourceState::kStatic && resource.body == listener.source;
  });
}

void RuleContext::note(Input input) const {
  if (setup_.reads != nullptr) setup_.reads->inputs.insert(input);
}

const ParameterValue& RuleContext::parameter(std::string_view name) const {
  if (setup_.reads != nullptr) setup_.reads->parameters.emplace(name);
  if (setup_.parameters != nullptr) {
    if (const auto it = setup_.parameters->find(name); it != setup_.parameters->end()) {
      return it->second;
    }
  }
  const auto it = setup_.card->parameters.find(name);
  // A rule that asks for what its card does not have is wrong in itself; its cases find that out.
  if (it == setup_.card->parameters.end()) std::abort();
  return it->second.default_value;
}

bool RuleContext::boolean(std::string_view name) const { return std::get<bool>(parameter(name)); }
std::int64_t RuleContext::integer(std::string_view name) const {
  return std::get<std::int64_t>(parameter(name));
}
double RuleContext::number(std::string_view name) const {
  return std::get<double>(parameter(name));
}
const std::string& RuleContext::string(std::string_view name) const {
  return std::get<std::string>(parameter(name));
}
const std::vector<std::string>& RuleContext::strings(std::string_view name) const {
  return std::get<std::vector<std::string>>(parameter(name));
}

bool RuleContext::listed(std::string_view name, std::string_view text) const {
  const auto& globs = strings(name);
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return glob_match(glob, text); });
}

bool RuleContext::has(Input input) const {
  note(input);
  return has_input(setup_.index->snapshot(), input);
}

bool RuleContext::complete(Input input) const {
  note(input);
  const Snapshot& snapshot = setup_.index->snapshot();
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    const auto section = static_cast<Section>(i);
    // An empty one is in every dump; addresses alone are no listeners.
    if (section == Section::kScopedRoutes || section == Section::kListenerStatuses) continue;
    if (input_of(section) == input && snapshot.complete(section)) return true;
  }
  return false;
}

bool RuleContext::broken(Input input) const {
  note(input);
  const Snapshot& snapshot = setup_.index->snapshot();
  for (std::size_t i = 0; i < kSectionCount; ++i) {
    const auto section = static_cast<Section>(i);
    if (input_of(section) == input && snapshot.broken(section)) return true;
  }
  return false;
}

const std::vector<Resource>& RuleContext::resources(Section section) const {
  note(input_of(section));
  return setup_.index->snapshot().resources(section);
}

std::vector<const Listener*> RuleContext::listeners() const {
  note(Input::kListeners);
  std::vector<const Listener*> out;
  for (const Resource& resource : setup_.index->snapshot().resources(Section::kListeners)) {
    if (!resource.serves() || !resource.body.is_object()) continue;
    const Listener& listener = setup_.index->listener(resource);
    if (!is_own(listener)) out.push_back(&listener);
  }
  return out;
}

std::vector<const HttpUse*> RuleContext::http_uses() const {
  note(Input::kListeners);
  std::vector<const HttpUse*> out;
  for (const HttpUse& use : setup_.index->http_uses()) {
    if (!is_own(*use.listener)) out.push_back(&use);
  }
  return out;
}

const RouteConfig* RuleContext::route_config(const HttpUse& use) const {
  note(Input::kRoutes);
  return use.route_config;
}

bool RuleContext::has_route_config(std::string_view name) const {
  note(Input::kRoutes);
  return setup_.index->find(Section::kRoutes, name, ResourceState::kActive) != nullptr;
}

std::vector<const RouteConfigEntry*> RuleContext::route_configs() const {
  note(Input::kRoutes);
  const bool listeners_known = complete(Input::kListeners);
  const auto& uses = setup_.index->http_uses();
  std::vector<const RouteConfigEntry*> out;
  for (const RouteConfigEntry& entry : setup_.index->route_configs()) {
    const bool wanted =
        entry.uses.empty()
            ? !listeners_known
            : std::any_of(entry.uses.begin(), entry.uses.end(),
                          [&](std::size_t use) { return !is_own(*uses[use].listener); });
    if (wanted) out.push_back(&entry);
  }
  return out;
}

std::vector<const HttpUse*> RuleContext::uses_of(const RouteConfigEntry& entry) const {
  note(Input::kListeners);
  std::vector<const HttpUse*> out;
  for (const std::size_t use : entry.uses) out.push_back(&setup_.index->http_uses()[use]);
  return out;
}

bool RuleContext::has_cluster(std::string_view name) const {
  note(Input::kClusters);
  return setup_.index->find(Section::kClusters, name) != nullptr;
}

const Resource* RuleContext::cluster_resource(std::string_view name) const {
  note(Input::kClusters);
  return setup_.index->find(Section::kClusters, name);
}

const Cluster* RuleContext::find_cluster(std::string_view name) const {
  note(Input::kClusters);
  return setup_.index->find_cluster(name);
}

bool RuleContext::lacks_cluster(std::string_view name) const {
  note(Input::kClusters);
  const Snapshot& snapshot = setup_.index->snapshot();
  if (!snapshot.has(Section::kClusters)) return false;
  if (setup_.index->find(Section::kClusters, name) != nullptr ||
      setup_.index->find(Section::kClusters, name, ResourceState::kWarming) != nullptr) {
    return false;
  }
  if (snapshot.broken(Section::kClusters)) return false;
  if (!snapshot.partial(Section::kClusters)) return true;
  // A ?resource=dynamic_active_clusters reply has all that a control plane sent, but no static one.
  const auto& resources = snapshot.resources(Section::kClusters);
  return parse_cluster_name(name).parsed &&
         std::any_of(resources.begin(), resources.end(), [](const Resource& resource) {
           return resource.state == ResourceState::kActive;
         });
}

const Cluster& RuleContext::cluster(const Resource& resource) const {
  note(Input::kClusters);
  return setup_.index->cluster(resource);
}

std::vector<const Resource*> RuleContext::clusters() const {
  note(Input::kClusters);
  std::vector<const Resource*> out;
  for (const Resource& resource : setup_.index->snapshot().resources(Section::kClusters)) {
    if (resource.serves() && resource.body.is_object() && !is_own_cluster(resource.name)) {
      out.push_back(&resource);
    }
  }
  return out;
}

Members RuleContext::members(const Cluster& cluster) const {
  note(Input::kEndpoints);
  return setup_.index->members(cluster);
}

std::optional<std::uint64_t> RuleContext::stat(std::string_view name) const {
  note(Input::kStats);
  using Stats = std::unordered_map<std::string_view, json::Value>;
  const auto& stats = once<Stats>("stats", [&] {
    Stats by_name;
    for (const json::Value stat :
         setup_.index->snapshot().section(Section::kStats)["stats"].elements()) {
      by_name.emplace(stat["name"].text(), stat["value"]);
    }
    return by_name;
  });
  const auto found = stats.find(name);
  return found == stats.end() ? std::nullopt : found->second.unsigned_integer();
}

std::optional<std::uint64_t> RuleContext::stat_ending(std::string_view end) const {
  note(Input::kStats);
  std::optional<std::uint64_t> sum;
  for (const json::Value stat :
       setup_.index->snapshot().section(Section::kStats)["stats"].elements()) {
    if (stat["name"].text().ends_with(end)) {
      sum = sum.value_or(0) + stat["value"].unsigned_integer().value_or(0);
    }
  }
  return sum;
}

std::optional<std::uint64_t> RuleContext::cluster_stat(std::string_view cluster,
                                                       std::string_view name) const {
  for (const std::string_view end : {";.", "."}) {
    if (const auto value = stat(fmt::format("cluster.{}{}{}", cluster, end, name))) return value;
  }
  return std::nullopt;
}

json::Value RuleContext::cluster_status(std::string_view cluster) const {
  note(Input::kClusterStatuses);
  for (const json::Value status :
       setup_.index->snapshot().section(Section::kClusterStatuses)["cluster_statuses"].elements()) {
    if (status["name"].text() == cluster) return status;
  }
  return {};
}

json::Value RuleContext::certificates() const {
  note(Input::kCertificates);
  return setup_.index->snapshot().section(Section::kCertificates)["certificates"];
}

json::Value RuleContext::section(Section section) const {
  note(input_of(section));
  return setup_.index->snapshot().section(section);
}

json::Value RuleContext::bootstrap() const {
  note(Input::kBootstrap);
  return setup_.index->snapshot().bootstrap();
}

}  // namespace xdscope::rules
