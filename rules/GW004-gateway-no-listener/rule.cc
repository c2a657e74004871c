#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

#include "base/text.h"
#include "rules/rule.h"
#include "rules/support/istio.h"

namespace xdscope::rules {
namespace {

// A port of the Service before the gateway.
struct ServicePort {
  std::string_view port;
  std::uint32_t target = 0;  // 0: a name, and which port of the pod that is, no dump tells
};

std::vector<ServicePort> service_ports(const RuleContext& context) {
  std::vector<ServicePort> ports;
  for (const std::string& text : context.strings("service_ports")) {
    const auto parts = split(text, ':');
    long target = 0;
    if (parts.size() > 2) continue;
    if (!parse_decimal(parts.back(), target) || target > 65535) target = 0;
    ports.push_back({parts.front(), static_cast<std::uint32_t>(std::max(0L, target))});
  }
  return ports;
}

std::string gateway_name(const RuleContext& context) {
  const std::string_view cluster = context.node().cluster;
  return std::string(cluster.empty() ? context.node().namespace_ : cluster);
}

bool is_unprivileged(const RuleContext& context) {
  const json::Value flag = context.node().metadata["UNPRIVILEGED_POD"];
  return flag.string_or("") == "true" || flag.boolean_or(false);
}

void report_no_listener(const RuleContext& context, Reporter& report) {
  const auto& resources = context.resources(Section::kListeners);
  const auto rejected = std::count_if(
      resources.begin(), resources.end(),
      [](const Resource& resource) { return resource.state == ResourceState::kRejected; });
  const std::string refused =
      rejected == 0 ? std::string() : fmt::format(" ({} refused by Envoy)", rejected);
  report.add({.object = fmt::format("listeners of {}", gateway_name(context)),
              .at = context.section(Section::kListeners),
              .message = fmt::format("This gateway serves no port: it has no listener from the "
                                     "control plane{}, and every connection is refused",
                                     refused),
              .resource = KubernetesResource{"Gateway", "", "", "spec.selector"}});
}

// What the Service leads to and nothing listens on, and what nothing leads to.
void compare_with_service(const RuleContext& context, Reporter& report) {
  const std::vector<ServicePort> ports = service_ports(context);
  if (ports.empty()) return;
  std::set<std::uint32_t> bound;
  const std::vector<const Listener*> listeners = context.listeners();
  for (const Listener* listener : listeners) {
    for (const Address& address : listener->addresses) bound.insert(address.port);
  }
  const bool unprivileged = is_unprivileged(context);
  for (const ServicePort& port : ports) {
    if (port.target == 0 || is_own_port(port.target) || bound.contains(port.target)) continue;
    const bool cannot_bind = port.target < 1024 && unprivileged;
    report.add(
        {.object = fmt::format("Service port {} of {}", port.port, gateway_name(context)),
         .at = context.section(Section::kListeners),
         .message = fmt::format(
             "Port {} of the Service leads to port {} of the gateway, on which nothing "
             "listens{}: connections are refused",
             port.port, port.target, cannot_bind ? " and an unprivileged pod may not listen" : ""),
         .resource = KubernetesResource{"Gateway", "", "", "spec.servers[].port"}});
  }
  if (std::any_of(ports.begin(), ports.end(), [](const auto& port) { return port.target == 0; })) {
    return;
  }
  for (const Listener* listener : listeners) {
    const Address& address = listener->primary();
    const bool any_address = address.host == "0.0.0.0" || address.host == "::";
    if (!any_address || !listener->bind_to_port || address.udp ||
        std::any_of(ports.begin(), ports.end(),
                    [&](const ServicePort& port) { return port.target == address.port; })) {
      continue;
    }
    report.add({.object = fmt::format("listener {}", listener->name),
                .at = listener->source,
                .message = fmt::format("No port of the Service leads to port {}, on which the "
                                       "gateway listens",
                                       address.port),
                .resource = KubernetesResource{"Service", std::string(context.node().namespace_),
                                               "", "spec.ports"}});
  }
}

}  // namespace

void check_gw004(const RuleContext& context, Reporter& report) {
  // A reply that may lack the delivered ones says nothing.
  if (!context.complete(Input::kListeners)) return;
  const auto& resources = context.resources(Section::kListeners);
  const bool any = std::any_of(resources.begin(), resources.end(), [](const Resource& resource) {
    return resource.state == ResourceState::kActive || resource.state == ResourceState::kWarming;
  });
  any ? compare_with_service(context, report) : report_no_listener(context, report);
}

}  // namespace xdscope::rules
