// From a cluster's name to the endpoints that may get the request, or the reason why none does
// (envoy: source/common/router/router.cc, source/common/upstream).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trace/connection.h"
#include "trace/lb_policy.h"
#include "trace/request.h"
#include "xdscope/index.h"
#include "xdscope/trace.h"

namespace xdscope::trace {

// What the router or tcp_proxy asks of a cluster.
struct ClusterQuery {
  std::string_view name;
  const Connection* connection = nullptr;
  bool http = true;                      // tcp_proxy otherwise
  bool high_priority = false;            // RouteAction.priority
  json::Value route_metadata;            // RouteAction.metadata_match
  json::Value entry_metadata;            // that of the weighted cluster, merged over it
  const HttpRequest* request = nullptr;  // an original destination cluster may read its headers
};

// One thing that can happen at the cluster; shares add up to 1.
struct ClusterEnd {
  enum class Kind { kForward, kRefused };
  Kind kind = Kind::kForward;
  double share = 1;
  std::string_view flags = "-";   // kRefused: "NC", "UH", "UO", "DO", …
  std::string_view details = {};  // kRefused, HTTP
  std::shared_ptr<const std::vector<std::string>> endpoints = {};
  std::string why = {};      // one sentence part for people
  std::string unknown = {};  // why the end is not certain
  // Where all endpoints are one internal listener of this proxy: the first of them, and its
  // cluster.
  std::optional<Host> internal = {};
  const Cluster* internal_cluster = nullptr;
};

struct ClusterResult {
  const Cluster* cluster = nullptr;  // nullptr: not there
  std::vector<ClusterEnd> ends;
};

class ClusterStage {
 public:
  ClusterStage(const Index& index, const Runtime& runtime) : index_(index), runtime_(runtime) {}

  // With `steps`, appends the steps kCluster and kEndpoints.
  ClusterResult resolve(const ClusterQuery& query, std::vector<Step>* steps);

 private:
  // What does not depend on the request, worked out once a cluster.
  struct Plan {
    const Cluster* cluster = nullptr;
    Members members;
    std::vector<Host> hosts;
    LbPolicy policy;
    std::vector<ClusterEnd> ends;  // without subsets
    std::string absent_because;
  };
  Plan& plan(std::string_view name);
  void find_hosts(Plan& plan);
  std::vector<ClusterEnd> balance_ends(const Plan& plan, const std::vector<Host>& hosts) const;
  std::vector<ClusterEnd> subset_ends(const Plan& plan, const ClusterQuery& query) const;
  std::vector<ClusterEnd> original_dst(const Plan& plan, const ClusterQuery& query) const;
  std::vector<ClusterEnd> aggregate(const Plan& plan, const ClusterQuery& query, bool drain);
  std::vector<ClusterEnd> drop_overload(const Plan& plan, std::vector<ClusterEnd> ends) const;

  const Index& index_;
  const Runtime& runtime_;
  std::unordered_map<std::string_view, std::unique_ptr<Plan>> plans_;
  std::unordered_map<std::string, std::unique_ptr<Plan>> absent_;
};

}  // namespace xdscope::trace
