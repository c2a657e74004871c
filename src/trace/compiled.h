// A listener's configuration made ready for tracing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "trace/cluster_stage.h"
#include "trace/filter_chain_table.h"
#include "trace/host_normalization.h"
#include "trace/http1_codec.h"
#include "trace/http_filters/http_filter.h"
#include "trace/listener_table.h"
#include "trace/local_reply.h"
#include "trace/path_normalization.h"
#include "trace/route_table.h"
#include "trace/scoped_routes.h"

namespace xdscope::trace {

// HTTP filters in their order.
struct FilterList {
  std::vector<InstalledFilter> filters;
  const InstalledFilter* router = nullptr;     // where there is one
  const InstalledFilter* on_demand = nullptr;  // asks for virtual hosts and clusters
};

// An upgrade with filters of its own (UpgradeConfig.filters).
struct UpgradeFilters {
  std::string_view type;
  FilterList list;
};

// A connection manager and its filters.
struct HttpPlan {
  HttpConnectionManager manager;
  CodecOptions codec;
  PathOptions path;
  HostOptions host;
  bool use_remote_address = false;
  bool accept_http_1_0 = false;
  std::uint32_t trusted_hops = 0;
  FilterList filters;
  std::vector<UpgradeFilters> upgrades;
  LocalReply local_reply;
  const RouteTable* routes = nullptr;  // nullptr for scoped routes, and where it is not there
  std::unique_ptr<ScopedRoutes> scopes;
  std::string routes_name;       // for people
  std::string missing_routes;    // why there are none
  bool missing_is_known = true;  // false: the dump has no route section
};

struct NetworkFilter {
  std::string_view name;
  Extension config;  // as it was delivered, where ECDS does
  json::Value source;
  std::unique_ptr<HttpFilter> filter;  // nullptr: lets every connection pass
};

// A filter chain: the filters before the last, and the last.
struct ChainPlan {
  enum class Terminal { kNone, kHttp, kTcpProxy, kOther };
  Terminal terminal = Terminal::kNone;
  std::vector<NetworkFilter> filters;
  std::unique_ptr<HttpPlan> http;
  std::optional<TcpProxy> tcp_proxy;
  std::string_view other;  // the name of a last filter that is not evaluated
  bool terminates_tls = false;
  bool requires_certificate = false;
  std::string_view missing_secret;  // TLS cannot work without it
};

// Everything compiled of one proxy, made when first needed.
class Compiled {
 public:
  explicit Compiled(const Index& index);

  FilterChainTable& chains(const Listener& listener);
  ChainPlan& chain(const FilterChain& chain);
  const RouteTable& routes(const RouteConfig& config);
  // A RouteConfiguration that stands inside another message.
  const RouteTable& inline_routes(json::Value config);

  const Index& index;
  const Runtime runtime;
  const Version envoy;
  const ListenerTable listeners;
  ClusterStage clusters;
  std::optional<std::string> broken_listener;  // see doubts.h; absent: not looked for yet

 private:
  std::unique_ptr<ChainPlan> compile(const FilterChain& chain);
  std::unique_ptr<HttpPlan> compile_http(const Extension& filter);
  FilterList compile_filters(const std::vector<Extension>& filters) const;
  void find_routes(HttpPlan& plan);
  void find_tls(const FilterChain& chain, ChainPlan& plan) const;

  std::unordered_map<const Listener*, std::unique_ptr<FilterChainTable>> chain_tables_;
  std::unordered_map<const FilterChain*, std::unique_ptr<ChainPlan>> chains_;
  std::unordered_map<const RouteConfig*, std::unique_ptr<RouteTable>> route_tables_;
  std::unordered_map<const char*, std::unique_ptr<RouteConfig>> inline_configs_;  // by their text
};

}  // namespace xdscope::trace
