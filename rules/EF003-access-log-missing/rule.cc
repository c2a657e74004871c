#include <fmt/format.h>

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
    if (filter.config["access_log"].size() == 0) return &filter;
  }
  return nullptr;
}

}  // namespace

void check_ef003(const RuleContext& context, Reporter& report) {
  for (const Listener* listener : context.listeners()) {
    if (logs_all(*listener)) continue;
    std::size_t silent = 0;
    const Extension* first = nullptr;
    for (const FilterChain& chain : listener->filter_chains) {
      const Extension* filter = silent_filter(chain);
      if (filter == nullptr) continue;
      ++silent;
      if (first == nullptr) first = filter;
    }
    if (first == nullptr) continue;
    const std::size_t all = listener->filter_chains.size();
    report.add({.object = fmt::format("access log of listener {}", listener->name),
                .at = first->source,
                .message = silent == all
                               ? fmt::format("Listener {} writes no access log", listener->name)
                               : fmt::format("{} of {} filter chains of listener {} write no "
                                             "access log",
                                             silent, all, listener->name),
                .resource = KubernetesResource{"Telemetry", std::string(context.node().namespace_),
                                               "", "spec.accessLogging"}});
  }
}

}  // namespace xdscope::rules
