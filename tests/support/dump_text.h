// Small dumps for tests of traces.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "xdscope/index.h"
#include "xdscope/load.h"
#include "xdscope/trace.h"

namespace xdscope::testing {

// A dump put together from resources as JSON text.
struct DumpText {
  std::vector<std::string> listeners;
  std::vector<std::string> warming_listeners;
  std::vector<std::string> routes;
  std::vector<std::string> clusters;
  std::vector<std::string> warming_clusters;
  std::vector<std::string> endpoints;
  std::string envoy = R"({"version": {"major_number": 1, "minor_number": 40}})";

  std::string text() const {
    const auto list = [](const std::vector<std::string>& items, const std::string& open,
                         const std::string& close) {
      std::string out;
      for (const std::string& item : items) out += (out.empty() ? "" : ",") + open + item + close;
      return out;
    };
    const auto section = [](const std::string& type, const std::string& body) {
      return R"({"@type": "type.googleapis.com/envoy.admin.v3.)" + type + R"(", )" + body + "}";
    };
    std::string listener_entries = list(listeners, R"({"active_state": {"listener": )", "}}");
    const std::string warming = list(warming_listeners, R"({"warming_state": {"listener": )", "}}");
    if (!listener_entries.empty() && !warming.empty()) listener_entries += ",";
    listener_entries += warming;
    return R"({"configs": [)" +
           section(
               "BootstrapConfigDump",
               R"("bootstrap": {"node": {"id": "n", "user_agent_build_version": )" + envoy + "}}") +
           "," +
           section("ListenersConfigDump", R"("dynamic_listeners": [)" + listener_entries + "]") +
           "," +
           section("RoutesConfigDump", R"("dynamic_route_configs": [)" +
                                           list(routes, R"({"route_config": )", "}") + "]") +
           "," +
           section("ClustersConfigDump", R"("dynamic_active_clusters": [)" +
                                             list(clusters, R"({"cluster": )", "}") +
                                             R"(], "dynamic_warming_clusters": [)" +
                                             list(warming_clusters, R"({"cluster": )", "}") + "]") +
           "," +
           section("EndpointsConfigDump", R"("dynamic_endpoint_configs": [)" +
                                              list(endpoints, R"({"endpoint_config": )", "}") +
                                              "]") +
           "]}";
  }
};

// A loaded dump and a tracer over it.
class TracedDump {
 public:
  explicit TracedDump(const DumpText& dump)
      : snapshot_(std::move(*load_text(dump.text(), "dump.json"))),
        index_(*snapshot_),
        tracer_(index_) {}

  TraceResult trace(const TraceRequest& request) {
    auto result = tracer_.trace(request);
    if (!result) throw std::runtime_error(result.error().message);
    return std::move(*result);
  }
  // The result of a request with one outcome.
  Outcome one(const TraceRequest& request) {
    TraceResult result = trace(request);
    if (result.outcomes.size() != 1) throw std::runtime_error("not one outcome");
    return std::move(result.outcomes.front());
  }
  const Index& index() const { return index_; }

 private:
  std::unique_ptr<Snapshot> snapshot_;
  Index index_;
  Tracer tracer_;
};

inline std::string socket_address(const std::string& ip, int port) {
  return fmt::format(R"({{"socket_address": {{"address": "{}", "port_value": {}}}}})", ip, port);
}

inline std::string tcp_chain(const std::string& name, const std::string& match) {
  return fmt::format(
      R"({{"name": "{0}", "filter_chain_match": {1}, "filters": [{{"name": "t", "typed_config": {{
      "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      "cluster": "{0}"}}}}]}})",
      name, match);
}

// A listener; `more` is further members, each after a comma.
inline std::string listener(const std::string& name, const std::string& ip, int port,
                            const std::vector<std::string>& chains, const std::string& more = {}) {
  return fmt::format(R"({{"name": "{}", "address": {}, "filter_chains": [{}]{}}})", name,
                     socket_address(ip, port), fmt::join(chains, ","), more);
}

// A filter chain with a connection manager; `filters` stand before the router, `more` in the
// manager.
inline std::string http_chain(const std::string& routes, const std::string& filters = {},
                              const std::string& more = {}) {
  return fmt::format(
      R"({{"filters": [{{"name": "h", "typed_config": {{
      "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      {}, "http_filters": [{}{}{{"name": "envoy.filters.http.router", "typed_config": {{
      "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}}}]{}}}}}]}})",
      routes, filters, filters.empty() ? "" : ",", more);
}

inline std::string eds_cluster(const std::string& name, const std::string& more = {}) {
  return fmt::format(R"({{"name": "{}", "type": "EDS"{}}})", name, more);
}

inline std::string lb_endpoint(const std::string& ip, const std::string& health = "HEALTHY",
                               const std::string& metadata = "{}") {
  return fmt::format(R"({{"endpoint": {{"address": {}}}, "health_status": "{}", "metadata": {}}})",
                     socket_address(ip, 80), health, metadata);
}

// Endpoints of a cluster, a list for each priority.
inline std::string endpoints(const std::string& cluster,
                             const std::vector<std::vector<std::string>>& priorities) {
  std::string localities;
  for (std::size_t i = 0; i < priorities.size(); ++i) {
    localities += fmt::format(R"({}{{"priority": {}, "lb_endpoints": [{}]}})", i == 0 ? "" : ",", i,
                              fmt::join(priorities[i], ","));
  }
  return fmt::format(R"({{"cluster_name": "{}", "endpoints": [{}]}})", cluster, localities);
}

inline TraceRequest request_to(const std::string& ip, std::uint32_t port,
                               const std::string& authority = "h", const std::string& path = "/") {
  TraceRequest request;
  request.direction = TraceRequest::Direction::kOutbound;
  request.destination = ip;
  request.port = port;
  request.authority = authority;
  request.path = path;
  return request;
}

}  // namespace xdscope::testing
