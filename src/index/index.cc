#include "xdscope/index.h"

#include <array>
#include <deque>
#include <unordered_map>

#include "json/document.h"

namespace xdscope {
namespace {

using NameMap = std::unordered_multimap<std::string_view, const Resource*>;

// Decoded resources by the resource they come from.
template <class T>
class Decoded {
 public:
  template <class Decode>
  const T& get(const void* key, Decode decode) {
    auto [it, added] = items_.try_emplace(key);
    if (added) it->second = std::make_unique<T>(decode());
    return *it->second;
  }

 private:
  std::unordered_map<const void*, std::unique_ptr<T>> items_;
};

// The coarse health that Envoy's load balancer derives from all the flags of a host.
HealthStatus effective_health(const HostStatus& host) {
  if (host.failed_active_health_check || host.failed_outlier_check) return HealthStatus::kUnhealthy;
  const bool serves =
      host.eds_health == HealthStatus::kUnknown || host.eds_health == HealthStatus::kHealthy;
  const bool degraded =
      host.source["health_status"]["failed_active_degraded_check"].boolean_or(false);
  return serves && degraded ? HealthStatus::kDegraded : host.eds_health;
}

LoadAssignment assignment_of_statuses(json::Value cluster_status) {
  LoadAssignment out;
  out.cluster_name = cluster_status["name"].text();
  out.source = cluster_status;
  for (const json::Value status : cluster_status["host_statuses"].elements()) {
    const HostStatus host = decode_host_status(status);
    if (host.pending_dynamic_removal) continue;
    LocalityEndpoints group;
    group.locality = host.locality;
    group.priority = host.priority;
    group.source = status;
    Endpoint endpoint;
    endpoint.address = host.address;
    endpoint.hostname = host.hostname;
    endpoint.health = effective_health(host);
    endpoint.weight = host.weight == 0 ? 1 : host.weight;
    endpoint.source = status;
    group.endpoints.push_back(endpoint);
    out.localities.push_back(std::move(group));
  }
  return out;
}

}  // namespace

struct Index::Cache {
  std::array<NameMap, kSectionCount> names;
  std::array<bool, kSectionCount> named{};
  std::unordered_map<std::string_view, json::Value> statuses;
  bool statuses_read = false;
  Decoded<Listener> listeners;
  Decoded<RouteConfig> route_configs;
  Decoded<Cluster> clusters;
  Decoded<LoadAssignment> assignments;
  std::vector<HttpUse> http_uses;
  bool http_uses_read = false;
  std::vector<RouteConfigEntry> entries;
  bool entries_read = false;
};

Evidence evidence_of(const json::Value& value) {
  if (value.document() == nullptr) return {};
  return {value.document()->name(), json::pointer_of(value), json::position_of(value).line};
}

std::size_t Members::count() const {
  std::size_t count = 0;
  if (assignment == nullptr) return count;
  for (const LocalityEndpoints& locality : assignment->localities) {
    count += locality.endpoints.size();
  }
  return count;
}

Index::Index(const Snapshot& snapshot) : snapshot_(snapshot), cache_(std::make_unique<Cache>()) {}
Index::~Index() = default;

const Listener& Index::listener(const Resource& resource) const {
  return cache_->listeners.get(&resource, [&] {
    Listener listener = decode_listener(resource.body);
    if (listener.name.empty()) listener.name = resource.name;
    return listener;
  });
}

const RouteConfig& Index::route_config(const Resource& resource) const {
  return cache_->route_configs.get(&resource, [&] { return decode_route_config(resource.body); });
}

const Cluster& Index::cluster(const Resource& resource) const {
  return cache_->clusters.get(&resource, [&] { return decode_cluster(resource.body); });
}

const LoadAssignment& Index::load_assignment(const Resource& resource) const {
  return cache_->assignments.get(&resource, [&] { return decode_load_assignment(resource.body); });
}

std::vector<const Resource*> Index::all(Section section, std::string_view name) const {
  const auto at = static_cast<std::size_t>(section);
  NameMap& names = cache_->names[at];
  if (!cache_->named[at]) {
    cache_->named[at] = true;
    names.reserve(snapshot_.resources(section).size());
    for (const Resource& resource : snapshot_.resources(section)) {
      names.emplace(resource.name, &resource);
    }
  }
  std::vector<const Resource*> found;
  const auto [begin, end] = names.equal_range(name);
  for (auto it = begin; it != end; ++it) found.push_back(it->second);
  return found;
}

const Resource* Index::find(Section section, std::string_view name) const {
  for (const Resource* resource : all(section, name)) {
    if (resource->serves()) return resource;
  }
  return nullptr;
}

const Resource* Index::find(Section section, std::string_view name, ResourceState state) const {
  for (const Resource* resource : all(section, name)) {
    if (resource->state == state) return resource;
  }
  return nullptr;
}

const Cluster* Index::find_cluster(std::string_view name) const {
  const Resource* resource = find(Section::kClusters, name);
  return resource == nullptr ? nullptr : &cluster(*resource);
}

const RouteConfig* Index::find_route_config(std::string_view name) const {
  // static_route_configs are the inline ones of the listeners, under names that are no index.
  const Resource* resource = find(Section::kRoutes, name, ResourceState::kActive);
  return resource == nullptr ? nullptr : &route_config(*resource);
}

const RouteConfig& Index::inline_route_config(const HttpConnectionManager& manager) const {
  const json::Value config = manager.route_config;
  const char* key =
      config.document() == nullptr ? nullptr : config.document()->text().data() + config.offset();
  return cache_->route_configs.get(key, [&] { return decode_route_config(config); });
}

Members Index::members(const Cluster& cluster) const {
  for (const std::string_view name : {cluster.eds_service_name, cluster.name}) {
    if (const Resource* resource = find(Section::kEndpoints, name); resource != nullptr) {
      return {Members::Source::kEndpoints, &load_assignment(*resource)};
    }
  }
  if (!cache_->statuses_read) {
    cache_->statuses_read = true;
    for (const json::Value status :
         snapshot_.section(Section::kClusterStatuses)["cluster_statuses"].elements()) {
      cache_->statuses.emplace(status["name"].text(), status);
    }
  }
  if (const auto status = cache_->statuses.find(cluster.name); status != cache_->statuses.end()) {
    const json::Value value = status->second;
    return {Members::Source::kStatuses,
            &cache_->assignments.get(value.document()->text().data() + value.offset(),
                                     [&] { return assignment_of_statuses(value); })};
  }
  switch (cluster.type) {
    case Cluster::Type::kStatic:
    case Cluster::Type::kStrictDns:
    case Cluster::Type::kLogicalDns:
      return {Members::Source::kInline, &cache_->assignments.get(&cluster, [&] {
                return decode_load_assignment(cluster.load_assignment);
              })};
    case Cluster::Type::kOriginalDst:
    case Cluster::Type::kCustom:
      return {Members::Source::kNone, nullptr};
    case Cluster::Type::kEds:
      break;
  }
  return {};
}

const std::vector<HttpUse>& Index::http_uses() const {
  if (cache_->http_uses_read) return cache_->http_uses;
  cache_->http_uses_read = true;
  const auto add_chain = [this](const Listener& owner, const FilterChain& chain) {
    for (const Extension& filter : chain.filters) {
      if (!is_http_connection_manager(filter)) continue;
      HttpUse use{&owner, &chain, decode_http_connection_manager(filter), nullptr};
      if (use.manager.route_source == HttpConnectionManager::RouteSource::kInline) {
        use.route_config = &inline_route_config(use.manager);
      } else if (use.manager.route_source == HttpConnectionManager::RouteSource::kRds) {
        use.route_config = find_route_config(use.manager.rds_name);
      }
      cache_->http_uses.push_back(std::move(use));
    }
  };
  for (const Resource& resource : snapshot_.resources(Section::kListeners)) {
    if (!resource.serves()) continue;
    const Listener& owner = listener(resource);
    for (const FilterChain& chain : owner.filter_chains) add_chain(owner, chain);
    if (owner.default_filter_chain) add_chain(owner, *owner.default_filter_chain);
  }
  return cache_->http_uses;
}

const std::vector<RouteConfigEntry>& Index::route_configs() const {
  if (cache_->entries_read) return cache_->entries;
  cache_->entries_read = true;
  std::unordered_map<const RouteConfig*, std::size_t> known;
  const bool has_listeners = snapshot_.has(Section::kListeners);
  const auto& uses = http_uses();
  for (std::size_t i = 0; i < uses.size(); ++i) {
    if (uses[i].route_config == nullptr) continue;
    const auto [it, added] = known.try_emplace(uses[i].route_config, cache_->entries.size());
    if (added) {
      cache_->entries.push_back(
          {uses[i].route_config,
           find(Section::kRoutes, uses[i].manager.rds_name, ResourceState::kActive),
           {}});
      if (uses[i].manager.route_source != HttpConnectionManager::RouteSource::kRds) {
        cache_->entries.back().resource = nullptr;
      }
    }
    cache_->entries[it->second].uses.push_back(i);
  }
  for (const Resource& resource : snapshot_.resources(Section::kRoutes)) {
    // Static ones are the inline ones again, unless the listeners are not in the input.
    const bool counted = resource.state == ResourceState::kStatic && has_listeners;
    if (!resource.serves() || counted || !resource.body.is_object()) continue;
    const RouteConfig& config = route_config(resource);
    if (known.try_emplace(&config, cache_->entries.size()).second) {
      cache_->entries.push_back({&config, &resource, {}});
    }
  }
  return cache_->entries;
}

}  // namespace xdscope
