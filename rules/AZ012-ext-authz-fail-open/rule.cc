#include <fmt/format.h>

#include "rules/rule.h"

namespace xdscope::rules {
namespace {

bool fails_open(const Extension& filter) {
  const std::string_view type = filter.type_name();
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

void check_filter(const Listener& listener, const Extension& filter, Reporter& report) {
  if (!fails_open(filter)) return;
  const std::string_view service = service_of(filter.config);
  report.add(
      {.object =
           fmt::format("filter {} of listener {}, asking {}", filter.name, listener.name, service),
       .at = filter.config["failure_mode_allow"],
       .message = fmt::format("{} of listener {} lets every request pass while {} cannot be "
                              "reached",
                              filter.name, listener.name, service),
       .resource = KubernetesResource{"MeshConfig", "", "", "extensionProviders[].failOpen"}});
}

}  // namespace

void check_az012(const RuleContext& context, Reporter& report) {
  for (const HttpUse* use : context.http_uses()) {
    for (const Extension& filter : use->manager.http_filters) {
      check_filter(*use->listener, filter, report);
    }
  }
  for (const Listener* listener : context.listeners()) {
    const auto check_chain = [&](const FilterChain& chain) {
      for (const Extension& filter : chain.filters) check_filter(*listener, filter, report);
    };
    for (const FilterChain& chain : listener->filter_chains) check_chain(chain);
    if (listener->default_filter_chain) check_chain(*listener->default_filter_chain);
  }
}

}  // namespace xdscope::rules
