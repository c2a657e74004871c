#include <fmt/format.h>

#include <algorithm>

#include "rules/rule.h"

namespace xdscope::rules {

void check_gw004(const RuleContext& context, Reporter& report) {
  // A reply that may lack the delivered ones says nothing.
  if (!context.complete(Input::kListeners)) return;
  const auto& resources = context.resources(Section::kListeners);
  const auto in_state = [&](ResourceState state) {
    return std::count_if(resources.begin(), resources.end(),
                         [&](const Resource& resource) { return resource.state == state; });
  };
  if (in_state(ResourceState::kActive) > 0 || in_state(ResourceState::kWarming) > 0) return;
  const auto rejected = in_state(ResourceState::kRejected);
  const std::string refused =
      rejected == 0 ? std::string() : fmt::format(" ({} refused by Envoy)", rejected);
  const std::string_view cluster = context.node().cluster;
  report.add({.object = fmt::format("listeners of {}",
                                    cluster.empty() ? context.node().namespace_ : cluster),
              .at = context.section(Section::kListeners),
              .message = fmt::format("This gateway serves no port: it has no listener from the "
                                     "control plane{}, and every connection is refused",
                                     refused),
              .resource = KubernetesResource{"Gateway", "", "", "spec.selector"}});
}

}  // namespace xdscope::rules
