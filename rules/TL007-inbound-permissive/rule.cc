#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/inbound.h"

namespace xdscope::rules {
namespace {

bool is_enough(InboundPort::Mode mode, std::string_view required) {
  if (mode == InboundPort::Mode::kStrict) return required != "DISABLE";
  return mode_name(mode) == required;
}

}  // namespace

void check_tl007(const RuleContext& context, Reporter& report) {
  const std::string& required = context.string("required_mode");
  const bool other_ports = context.boolean("other_ports");
  for (const InboundPort& port : inbound_ports(context)) {
    if (port.port ? context.listed("ports_exempt", std::to_string(*port.port)) : !other_ports) {
      continue;
    }
    const InboundPort::Mode mode = port.mode();
    if (is_enough(mode, required)) continue;
    const FilterChain* chain = port.plain.empty() ? port.tls.front() : port.plain.front();
    report.add({.object = fmt::format("inbound {} of {}", port_text(port), context.node().cluster),
                .at = chain->source,
                .message = fmt::format("Mutual TLS is {} on {}, and must be {}", mode_name(mode),
                                       port_text(port), required),
                .resource = KubernetesResource{
                    "PeerAuthentication", std::string(context.node().namespace_), "",
                    port.port ? fmt::format("spec.portLevelMtls.{}.mode", *port.port)
                              : "spec.mtls.mode"}});
  }
}

}  // namespace xdscope::rules
