#include <fmt/format.h>

#include <algorithm>

#include "model/filter_chains.h"
#include "rules/rule.h"

namespace xdscope::rules {
namespace {

// Whether the listener itself logs every connection; a filter lets only some through.
bool logs_all(const Listener& listener) {
  for (const json::Value log : listener.source["access_log"].elements()) {
    if (!log["filter"]) return true;
  }
  return false;
}

const Extension* silent_filter(const FilterChain& chain) {
  for (const Extension& filter : chain.filters) {
    if (!is_http_connection_manager(filter) && !is_tcp_proxy(filter)) continue;
    if (filter.config["access_log"].empty()) return &filter;
  }
  return nullptr;
}

// istio.stats makes Istio's metrics (istio_requests_total, …); the proxy's own counters need no
// filter.
bool counts_requests(const FilterChain& chain, std::string_view stats) {
  for (const Extension& filter : chain.filters) {
    if (filter.name == stats) return true;
    if (!is_http_connection_manager(filter)) continue;
    const HttpConnectionManager manager = decode_http_connection_manager(filter);
    return std::any_of(manager.http_filters.begin(), manager.http_filters.end(),
                       [&](const Extension& http) { return http.name == stats; });
  }
  return false;
}

void check_metrics(const RuleContext& context, Reporter& report) {
  const std::string& stats = context.string("stats_filter");
  if (stats.empty()) return;
  for (const Listener* listener : context.listeners()) {
    const auto chains = chains_of(*listener);
    const auto uncounted = std::ranges::find_if(
        chains, [&](const FilterChain* chain) { return !counts_requests(*chain, stats); });
    if (uncounted == chains.end()) continue;
    report.add(
        {.object = fmt::format("metrics of listener {}", listener->name),
         .at = (*uncounted)->source,
         .message = fmt::format("Listener {} has a filter chain without {}: what it serves is "
                                "in none of Istio's metrics",
                                listener->name, stats),
         .resource = KubernetesResource{"Telemetry", std::string(context.node().namespace_), "",
                                        "spec.metrics"}});
  }
}

void check_access_logs(const RuleContext& context, Reporter& report) {
  for (const Listener* listener : context.listeners()) {
    if (logs_all(*listener)) continue;
    std::size_t silent = 0;
    const Extension* first = nullptr;
    const auto chains = chains_of(*listener);
    for (const FilterChain* chain : chains) {
      const Extension* filter = silent_filter(*chain);
      if (filter == nullptr) continue;
      ++silent;
      if (first == nullptr) first = filter;
    }
    if (first == nullptr) continue;
    report.add({.object = fmt::format("access log of listener {}", listener->name),
                .at = first->source,
                .message = silent == chains.size()
                               ? fmt::format("Listener {} writes no access log", listener->name)
                               : fmt::format("{} of {} filter chains of listener {} write no "
                                             "access log",
                                             silent, chains.size(), listener->name),
                .resource = KubernetesResource{"Telemetry", std::string(context.node().namespace_),
                                               "", "spec.accessLogging"}});
  }
}

}  // namespace

void check_ef003(const RuleContext& context, Reporter& report) {
  check_access_logs(context, report);
  check_metrics(context, report);
}

}  // namespace xdscope::rules
