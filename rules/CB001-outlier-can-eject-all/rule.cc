#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "rules/rule.h"
#include "rules/support/endpoints.h"
#include "rules/support/istio.h"

namespace xdscope::rules {
namespace {

// Clusters of one DestinationRule have the same policy, and count as one.
class Groups {
 public:
  void add(const Resource& cluster) {
    const ResourceRef owner = decode_owner(cluster.body["metadata"]);
    std::string key(owner ? owner.config : cluster.name);
    auto [it, added] = groups_.try_emplace(std::move(key), keys_.size());
    if (added) keys_.emplace_back();
    keys_[it->second].push_back(&cluster);
  }
  const std::vector<std::vector<const Resource*>>& all() const { return keys_; }

 private:
  std::map<std::string, std::size_t, std::less<>> groups_;
  std::vector<std::vector<const Resource*>> keys_;
};

std::string name_of(const std::vector<const Resource*>& group) {
  if (group.size() == 1) return fmt::format("cluster {}", group[0]->name);
  return fmt::format("cluster {} and {} more of the same DestinationRule", group[0]->name,
                     group.size() - 1);
}

std::string identity_of(const std::vector<const Resource*>& group, std::string_view topic) {
  const ResourceRef owner = decode_owner(group[0]->body["metadata"]);
  return fmt::format("{} {}", topic, owner ? owner.config : group[0]->name);
}

bool can_eject_all(json::Value cluster) {
  const json::Value outlier = cluster["outlier_detection"];
  if (!outlier || outlier["max_ejection_percent"].integer_or(10) < 100) return false;
  return !may_panic(cluster);
}

// The limit of the default priority that is tiny; absent where none is.
json::Value tiny_limit(json::Value cluster, std::int64_t limit) {
  for (const json::Value threshold : cluster["circuit_breakers"]["thresholds"].elements()) {
    if (threshold["priority"].text() == "HIGH") continue;
    for (const std::string_view field : {"max_connections", "max_pending_requests"}) {
      const json::Value value = threshold[field];
      if (value && value.integer_or(limit + 1) <= limit) return value;
    }
  }
  return {};
}

void report_ejection(const std::vector<const Resource*>& group, Reporter& report) {
  const json::Value cluster = group[0]->body;
  report.add({.object = name_of(group),
              .identity = identity_of(group, "outlier"),
              .at = cluster["outlier_detection"],
              .message = fmt::format("Outlier detection may eject every endpoint of {}, and with a "
                                     "panic threshold of zero nothing is left to send to",
                                     name_of(group)),
              .effect = {503, "UH"},
              .resource = resource_of(decode_owner(cluster["metadata"]),
                                      "spec.trafficPolicy.outlierDetection.maxEjectionPercent")});
}

void report_limit(const std::vector<const Resource*>& group, json::Value limit, Reporter& report) {
  const json::Value cluster = group[0]->body;
  const std::string pointer = json::pointer_of(limit);
  const bool connections = pointer.ends_with("onnections");
  report.add(
      {.object = name_of(group),
       .identity = identity_of(group, "limit"),
       .at = limit,
       .message = fmt::format("A limit of {} on {} of {}: under little load already, requests "
                              "get a 503",
                              limit.integer_or(0), connections ? "connections" : "pending requests",
                              name_of(group)),
       .effect = {503, "UO"},
       .resource =
           resource_of(decode_owner(cluster["metadata"]), "spec.trafficPolicy.connectionPool")});
}

}  // namespace

void check_cb001(const RuleContext& context, Reporter& report) {
  Groups ejecting;
  Groups limited;
  const std::int64_t limit = context.integer("tiny_limit");
  for (const Resource* cluster : context.clusters()) {
    if (can_eject_all(cluster->body)) ejecting.add(*cluster);
    if (tiny_limit(cluster->body, limit)) limited.add(*cluster);
  }
  for (const auto& group : ejecting.all()) report_ejection(group, report);
  for (const auto& group : limited.all()) {
    report_limit(group, tiny_limit(group[0]->body, limit), report);
  }
}

}  // namespace xdscope::rules
