// The links of a proxy's configuration: listener -> filter chain -> route configuration -> virtual
// host -> route -> cluster -> endpoints, by name.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/model/cluster.h"
#include "xdscope/model/listener.h"
#include "xdscope/model/route.h"
#include "xdscope/snapshot.h"

namespace xdscope {

// Where a fact stands in the input; owns its strings, unlike everything decoded.
struct Evidence {
  std::string file;
  std::string pointer;  // RFC 6901, from the root of the file
  std::size_t line = 0;
  explicit operator bool() const { return line != 0; }
};
Evidence evidence_of(const json::Value& value);

// One use of HTTP routing: a connection manager in a filter chain of a serving listener.
struct HttpUse {
  const Listener* listener = nullptr;
  const FilterChain* filter_chain = nullptr;
  HttpConnectionManager manager;
  // What it routes by; nullptr where the route configuration named is not in the dump, for scoped
  // routes, and where the dump has no route section.
  const RouteConfig* route_config = nullptr;
};

// A route configuration that is there, counted once: inline ones also stand in the dump's route
// section, under names that may repeat or be empty.
struct RouteConfigEntry {
  const RouteConfig* config = nullptr;
  const Resource* resource = nullptr;  // nullptr for inline ones
  std::vector<std::size_t> uses;       // indexes into Index::http_uses()
};

// The members of a cluster, from the best source the input has.
struct Members {
  enum class Source {
    kUnknown,    // the input does not say: no ?include_eds, no /clusters
    kEndpoints,  // EndpointsConfigDump
    kInline,     // Cluster.load_assignment; for DNS clusters host names, not resolved addresses
    kStatuses,   // /clusters
    kNone,       // no members by design: ORIGINAL_DST, custom types
  };
  Source source = Source::kUnknown;
  const LoadAssignment* assignment = nullptr;  // set for kEndpoints, kInline and kStatuses
  bool known() const { return assignment != nullptr; }
  std::size_t count() const;
};

// Decodes resources when asked for and keeps them: references stay valid as long as the index,
// which must not outlive the snapshot. Not for use by several threads at once.
class Index {
 public:
  explicit Index(const Snapshot& snapshot);
  ~Index();
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  const Snapshot& snapshot() const { return snapshot_; }

  // The resources, decoded. The resource must be of that section and have a body.
  const Listener& listener(const Resource& resource) const;
  const RouteConfig& route_config(const Resource& resource) const;
  const Cluster& cluster(const Resource& resource) const;
  const LoadAssignment& load_assignment(const Resource& resource) const;

  // By name. The first form finds what serves (static or active), the second one state only.
  // nullptr where there is none.
  const Resource* find(Section section, std::string_view name) const;
  const Resource* find(Section section, std::string_view name, ResourceState state) const;
  // All states of a name: an active listener and its warming successor, ….
  std::vector<const Resource*> all(Section section, std::string_view name) const;

  // The serving cluster of that name, decoded; nullptr where there is none.
  const Cluster* find_cluster(std::string_view name) const;
  // The route configuration that RDS delivered under that name; nullptr where there is none.
  const RouteConfig* find_route_config(std::string_view name) const;
  // The route configuration inside a connection manager, decoded.
  const RouteConfig& inline_route_config(const HttpConnectionManager& manager) const;
  // EDS joins by service_name first, then by the cluster's name (EndpointsConfigDump holds
  // whichever the cluster uses).
  Members members(const Cluster& cluster) const;

  // Every HTTP use of the listeners that serve.
  const std::vector<HttpUse>& http_uses() const;
  // Inline ones as their listeners hold them, then those of RDS, used or not.
  const std::vector<RouteConfigEntry>& route_configs() const;

 private:
  struct Cache;
  const Snapshot& snapshot_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace xdscope
