#include "trace/route_action.h"

#include "base/text.h"
#include "trace/header_mutation.h"

namespace xdscope::trace {
namespace {

constexpr std::chrono::seconds kDefaultTimeout{15};

std::optional<bool> upgrade_enabled(json::Value configs, std::string_view upgrade) {
  for (const json::Value config : configs.elements()) {
    if (!equals_ignoring_case(config["upgrade_type"].text(), upgrade)) continue;
    return config["enabled"].boolean_or(true);
  }
  return std::nullopt;
}

std::vector<std::string_view> mirrors(json::Value holder) {
  std::vector<std::string_view> out;
  for (const json::Value policy : holder["request_mirror_policies"].elements()) {
    out.push_back(policy["cluster"].text());
  }
  return out;
}

}  // namespace

std::vector<PerFilterConfig> per_filter_configs(const RouteConfig& config,
                                                const RouteOutcome& outcome,
                                                std::string_view filter_name) {
  std::vector<PerFilterConfig> out;
  const auto add = [&](PerFilterConfig::Level level, json::Value configs) {
    if (const json::Value found = configs.at(filter_name)) out.push_back({level, found});
  };
  add(PerFilterConfig::Level::kRouteConfig, config.typed_per_filter_config);
  if (outcome.virtual_host != nullptr) {
    add(PerFilterConfig::Level::kVirtualHost, outcome.virtual_host->typed_per_filter_config);
  }
  if (outcome.route != nullptr) {
    add(PerFilterConfig::Level::kRoute, outcome.route->typed_per_filter_config);
  }
  if (outcome.weighted != nullptr) {
    add(PerFilterConfig::Level::kWeightedCluster, outcome.weighted->typed_per_filter_config);
  }
  return out;
}

PerFilterConfig per_filter_config(const RouteConfig& config, const RouteOutcome& outcome,
                                  std::string_view filter_name) {
  // Without a route, and for the redirect of require_tls, no filter sees a configuration of its
  // own.
  if (outcome.route == nullptr) return {};
  const auto all = per_filter_configs(config, outcome, filter_name);
  return all.empty() ? PerFilterConfig{} : all.back();
}

const RetryPolicy* retry_policy(const RouteOutcome& outcome) {
  if (outcome.route == nullptr || outcome.kind != RouteOutcome::Kind::kForward) return nullptr;
  if (outcome.route->route.retry_policy) return &*outcome.route->route.retry_policy;
  if (outcome.virtual_host != nullptr && outcome.virtual_host->retry_policy) {
    return &*outcome.virtual_host->retry_policy;
  }
  return nullptr;
}

bool upgrade_allowed(const RouteOutcome& outcome, json::Value connection_manager,
                     std::string_view upgrade) {
  if (outcome.route != nullptr && outcome.kind == RouteOutcome::Kind::kForward) {
    const auto own = upgrade_enabled(outcome.route->route.source["upgrade_configs"], upgrade);
    if (own) return *own;
  }
  return upgrade_enabled(connection_manager["upgrade_configs"], upgrade).value_or(false);
}

ForwardDetails forward_details(const RouteTable& table, const HttpRequest& request,
                               const RouteOutcome& outcome) {
  ForwardDetails out;
  out.request = request;
  if (outcome.kind != RouteOutcome::Kind::kForward || outcome.route == nullptr) return out;
  const json::Value action = outcome.route->route.source;
  finalize_request(table, outcome, out.request, out.unknown);
  out.auto_host_rewrite = action["auto_host_rewrite"].boolean_or(false);
  out.timeout = outcome.route->route.timeout.value_or(kDefaultTimeout);
  out.retry = retry_policy(outcome);
  out.mirror_clusters = outcome.route->route.mirror_clusters;
  if (out.mirror_clusters.empty() && outcome.virtual_host != nullptr) {
    out.mirror_clusters = mirrors(outcome.virtual_host->source);
  }
  if (out.mirror_clusters.empty()) out.mirror_clusters = mirrors(table.config().source);
  return out;
}

}  // namespace xdscope::trace
