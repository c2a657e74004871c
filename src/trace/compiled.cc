#include "trace/compiled.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "trace/doubts.h"
#include "trace/network_filters.h"

namespace xdscope::trace {
namespace {

bool is_downstream_tls(const Extension& socket) {
  const std::string_view type = socket.type_name();
  return type == "DownstreamTlsContext" || type == "QuicDownstreamTransport" ||
         (type.empty() && socket.name.ends_with("tls"));
}

}  // namespace

Compiled::Compiled(const Index& from)
    : index(from),
      runtime(from.snapshot().bootstrap()),
      envoy(from.snapshot().node().envoy),
      listeners(from),
      clusters(from, runtime) {}

FilterChainTable& Compiled::chains(const Listener& listener) {
  auto& table = chain_tables_[&listener];
  if (!table) table = std::make_unique<FilterChainTable>(listener);
  return *table;
}

ChainPlan& Compiled::chain(const FilterChain& chain) {
  auto& plan = chains_[&chain];
  if (!plan) plan = compile(chain);
  return *plan;
}

const RouteTable& Compiled::routes(const RouteConfig& config) {
  auto& table = route_tables_[&config];
  if (!table) table = std::make_unique<RouteTable>(config, envoy, &runtime);
  return *table;
}

const RouteTable& Compiled::inline_routes(json::Value config) {
  auto& decoded = inline_configs_[config.raw().data()];
  if (!decoded) decoded = std::make_unique<RouteConfig>(decode_route_config(config));
  return routes(*decoded);
}

std::unique_ptr<ChainPlan> Compiled::compile(const FilterChain& chain) {
  auto plan = std::make_unique<ChainPlan>();
  find_tls(chain, *plan);
  for (const Extension& configured : chain.filters) {
    bool undelivered = false;
    const Extension filter = delivered(configured, index, undelivered);
    if (!undelivered && is_http_connection_manager(filter)) {
      plan->terminal = ChainPlan::Terminal::kHttp;
      plan->http = compile_http(filter);
      break;
    }
    if (!undelivered && is_tcp_proxy(filter)) {
      plan->terminal = ChainPlan::Terminal::kTcpProxy;
      plan->tcp_proxy = decode_tcp_proxy(filter);
      break;
    }
    plan->filters.push_back(install_network_filter(configured, index, runtime, envoy));
    plan->other = filter.name;
  }
  if (plan->terminal == ChainPlan::Terminal::kNone && !plan->other.empty()) {
    plan->terminal = ChainPlan::Terminal::kOther;
  }
  return plan;
}

void Compiled::find_tls(const FilterChain& chain, ChainPlan& plan) const {
  if (!chain.transport_socket || !is_downstream_tls(*chain.transport_socket)) return;
  plan.terminates_tls = true;
  const json::Value context = chain.transport_socket->config;
  plan.requires_certificate = context["require_client_certificate"].boolean_or(false);
  const Snapshot& snapshot = index.snapshot();
  if (!snapshot.complete(Section::kSecrets)) return;
  const json::Value common = context["common_tls_context"];
  const auto missing = [&](json::Value secret) {
    const std::string_view name = secret["name"].text();
    // A secret without a source of its own is a static one of the bootstrap.
    return secret["sds_config"] && !name.empty() && index.find(Section::kSecrets, name) == nullptr;
  };
  for (const json::Value secret : common["tls_certificate_sds_secret_configs"].elements()) {
    if (missing(secret)) plan.missing_secret = secret["name"].text();
  }
  for (const json::Value secret :
       {common["validation_context_sds_secret_config"],
        common["combined_validation_context"]["validation_context_sds_secret_config"]}) {
    if (missing(secret)) plan.missing_secret = secret["name"].text();
  }
}

std::unique_ptr<HttpPlan> Compiled::compile_http(const Extension& filter) {
  auto plan = std::make_unique<HttpPlan>();
  plan->manager = decode_http_connection_manager(filter);
  const json::Value config = plan->manager.source;
  plan->codec = decode_codec_options(config);
  plan->path = decode_path_options(config, &runtime, envoy);
  plan->host = decode_host_options(config);
  plan->use_remote_address = config["use_remote_address"].boolean_or(false);
  plan->trusted_hops = static_cast<std::uint32_t>(config["xff_num_trusted_hops"].integer_or(0));
  plan->accept_http_1_0 = config["http_protocol_options"]["accept_http_10"].boolean_or(false);
  plan->local_reply = LocalReply(config["local_reply_config"], runtime, envoy);
  plan->filters = compile_filters(plan->manager.http_filters);
  for (const json::Value upgrade : config["upgrade_configs"].elements()) {
    if (upgrade["filters"].empty()) continue;
    std::vector<Extension> filters;
    for (const json::Value one : upgrade["filters"].elements()) {
      filters.push_back(decode_extension(one));
    }
    plan->upgrades.push_back({upgrade["upgrade_type"].text(), compile_filters(filters)});
  }
  find_routes(*plan);
  return plan;
}

FilterList Compiled::compile_filters(const std::vector<Extension>& filters) const {
  FilterList out;
  out.filters.reserve(filters.size());  // pointers into it are kept
  for (const Extension& filter : filters) {
    out.filters.push_back(install_filter(filter, index, runtime, envoy));
    const InstalledFilter& installed = out.filters.back();
    if (installed.router && out.router == nullptr) out.router = &installed;
    if (installed.type.ends_with(".OnDemand")) out.on_demand = &installed;
  }
  return out;
}

void Compiled::find_routes(HttpPlan& plan) {
  using Source = HttpConnectionManager::RouteSource;
  switch (plan.manager.route_source) {
    case Source::kInline:
      plan.routes = &routes(index.inline_route_config(plan.manager));
      plan.routes_name = plan.routes->config().name;
      break;
    case Source::kRds: {
      plan.routes_name = plan.manager.rds_name;
      if (const RouteConfig* found = index.find_route_config(plan.manager.rds_name)) {
        plan.routes = &routes(*found);
        break;
      }
      plan.missing_is_known = index.snapshot().complete(Section::kRoutes);
      plan.missing_routes =
          plan.missing_is_known
              ? fmt::format("the route configuration '{}' was never delivered (RDS)",
                            printable(plan.manager.rds_name))
              : fmt::format("{}, and this is '{}'",
                            not_complete(index.snapshot(), Section::kRoutes),
                            printable(plan.manager.rds_name));
      for (const Resource* rejected : index.all(Section::kRoutes, plan.manager.rds_name)) {
        if (rejected->state == ResourceState::kRejected) {
          plan.missing_routes =
              fmt::format("Envoy rejected the route configuration '{}': {}",
                          printable(plan.manager.rds_name), printable(rejected->details));
        }
      }
      break;
    }
    case Source::kScoped:
      plan.scopes = std::make_unique<ScopedRoutes>(plan.manager.scoped_routes, index);
      plan.missing_is_known = !plan.manager.scoped_routes["scoped_rds"] ||
                              index.snapshot().complete(Section::kScopedRoutes);
      break;
    case Source::kNone:
      plan.missing_routes = "the connection manager names no route configuration";
      break;
  }
}

}  // namespace xdscope::trace
