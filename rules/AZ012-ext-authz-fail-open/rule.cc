#include <fmt/format.h>

#include "model/filter_chains.h"
#include "rules/rule.h"

namespace xdscope::rules {
namespace {

// A rate limit protects by default as long as its service can be reached, and that is mostly
// wanted: only those are asked about that the project names.
bool fails_open(const RuleContext& context, const Extension& filter) {
  const std::string_view type = filter.type_name();
  if (type == "RateLimit") {
    return context.listed("rate_limit_domains", filter.config["domain"].text()) &&
           !filter.config["failure_mode_deny"].boolean_or(false);
  }
  return (type == "ExtAuthz" || type == "ExternalProcessor") &&
         filter.config["failure_mode_allow"].boolean_or(false);
}

// The cluster of the service that decides.
std::string_view service_of(json::Value config) {
  for (const std::string_view service : {"grpc_service", "http_service"}) {
    const json::Value value = config[service];
    if (const auto name = value["envoy_grpc"]["cluster_name"].text(); !name.empty()) return name;
    if (const auto name = value["server_uri"]["cluster"].text(); !name.empty()) return name;
    if (const auto name = value["http_service"]["http_uri"]["cluster"].text(); !name.empty()) {
      return name;
    }
  }
  return "its service";
}

void check_filter(const RuleContext& context, const Listener& listener, const Extension& filter,
                  Reporter& report) {
  if (!fails_open(context, filter)) return;
  const bool limit = filter.type_name() == "RateLimit";
  const std::string_view service =
      service_of(limit ? filter.config["rate_limit_service"] : filter.config);
  report.add({.object = fmt::format("filter {} of listener {}, asking {}", filter.name,
                                    listener.name, service),
              .at = limit ? filter.config : filter.config["failure_mode_allow"],
              .message = fmt::format("{} of listener {} lets every request pass while {} cannot be "
                                     "reached",
                                     filter.name, listener.name, service),
              .resource = limit ? KubernetesResource{"EnvoyFilter", "", "", "spec.configPatches"}
                                : KubernetesResource{"MeshConfig", "", "",
                                                     "extensionProviders[].failOpen"}});
}

}  // namespace

void check_az012(const RuleContext& context, Reporter& report) {
  for (const HttpUse* use : context.http_uses()) {
    for (const Extension& filter : use->manager.http_filters) {
      check_filter(context, *use->listener, filter, report);
    }
  }
  for (const Listener* listener : context.listeners()) {
    for (const FilterChain* chain : chains_of(*listener)) {
      for (const Extension& filter : chain->filters) {
        check_filter(context, *listener, filter, report);
      }
    }
  }
}

}  // namespace xdscope::rules
