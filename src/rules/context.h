// What a rule may ask about a proxy. Each accessor notes which input was read: a rule's card must
// declare exactly these.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/card.h"
#include "xdscope/index.h"

namespace xdscope::rules {

using Clock = std::chrono::system_clock;

// What one rule asked for during a run.
struct Reads {
  std::set<Input> inputs;
  std::set<std::string, std::less<>> parameters;
};

// What rules have computed about one proxy during a run.
using Memory = std::unordered_map<std::string, std::shared_ptr<const void>>;

class RuleContext {
 public:
  struct Setup {
    const Index* index = nullptr;
    const Card* card = nullptr;
    // Values by name; what is not set here is the card's default.
    const std::map<std::string, ParameterValue, std::less<>>* parameters = nullptr;
    Clock::time_point now;
    Reads* reads = nullptr;
    Memory* memory = nullptr;
    // The other proxies of the run, this one not among them.
    std::span<const RuleContext* const> peers;
  };
  explicit RuleContext(const Setup& setup) : setup_(setup) {}

  // Parameters, by the name on the card. Asking for one that the card does not have is a fault.
  bool boolean(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double number(std::string_view name) const;
  const std::string& string(std::string_view name) const;
  const std::vector<std::string>& strings(std::string_view name) const;
  // Whether a glob of a `strings` parameter matches.
  bool listed(std::string_view parameter, std::string_view text) const;

  // The proxy itself; not counted as an input.
  const Node& node() const { return setup_.index->snapshot().node(); }
  Role role() const { return node().role; }
  const std::string& proxy() const { return setup_.index->snapshot().name(); }
  Clock::time_point now() const { return setup_.now; }
  std::span<const RuleContext* const> peers() const { return setup_.peers; }

  // What several rules need, made once for a proxy. It must depend on the proxy alone, not on the
  // rule or its parameters; a key stands for one type.
  template <class T, class Make>
  const T& once(const std::string& key, Make make) const {
    std::shared_ptr<const void>& held = (*setup_.memory)[key];
    if (held == nullptr) held = std::make_shared<const T>(make());
    return *static_cast<const T*>(held.get());
  }

  // Whether the input is there; for those that the card lists under `uses`.
  bool has(Input input) const;
  // Whether the input is there in full: not a ?resource= reply that may lack resources.
  bool complete(Input input) const;
  // Whether entries of it could not be read: what is not found may have been among them.
  bool broken(Input input) const;
  // The resources of a section in every state, undecoded.
  const std::vector<Resource>& resources(Section section) const;

  // Listeners that serve. Istio's own (metrics, probes, xDS) are left out.
  std::vector<const Listener*> listeners() const;
  // HTTP uses of those listeners. HttpUse::route_config counts as read from kRoutes only through
  // route_config().
  std::vector<const HttpUse*> http_uses() const;
  const RouteConfig* route_config(const HttpUse& use) const;
  // Whether RDS delivered a route configuration of that name.
  bool has_route_config(std::string_view name) const;
  // Each route configuration once, with its uses. Those that only Istio's own listeners use are
  // left out, and, where the listeners are known, those that no serving listener uses.
  std::vector<const RouteConfigEntry*> route_configs() const;
  // The uses of an entry; empty where the dump has no listeners.
  std::vector<const HttpUse*> uses_of(const RouteConfigEntry& entry) const;

  // Clusters that serve, by name; the first form does not decode.
  bool has_cluster(std::string_view name) const;
  const Cluster* find_cluster(std::string_view name) const;
  // True only where the dump proves it: neither a serving nor a warming cluster has that name.
  bool lacks_cluster(std::string_view name) const;
  const Cluster& cluster(const Resource& resource) const;
  // The serving cluster of that name, undecoded; nullptr where there is none.
  const Resource* cluster_resource(std::string_view name) const;
  // The names of all clusters that serve, Istio's own left out; undecoded.
  std::vector<const Resource*> clusters() const;
  Members members(const Cluster& cluster) const;

  // A counter or gauge of /stats.
  std::optional<std::uint64_t> stat(std::string_view name) const;
  // One of a cluster's: its alt_stat_name may end in a semicolon, which Istio adds.
  std::optional<std::uint64_t> cluster_stat(std::string_view cluster, std::string_view name) const;
  // The sum of those whose names end so: "….rds.NAME.update_rejected" for any listener.
  std::optional<std::uint64_t> stat_ending(std::string_view end) const;
  // The element of /clusters for a cluster.
  json::Value cluster_status(std::string_view cluster) const;
  // The elements of /certs.
  json::Value certificates() const;
  json::Value bootstrap() const;
  // The whole of a section that is no list, with what stands around its message.
  json::Value section(Section section) const;

 private:
  void note(Input input) const;
  bool is_own(const Listener& listener) const;
  const ParameterValue& parameter(std::string_view name) const;

  Setup setup_;
};

}  // namespace xdscope::rules
