#include <fmt/format.h>

#include <algorithm>

#include "rules/rule.h"

namespace xdscope::rules {
namespace {

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

void check_xd001(const RuleContext& context, Reporter& report) {
  const auto& resources = context.resources(Section::kListeners);
  for (const Resource& resource : resources) {
    if (resource.state != ResourceState::kRejected) continue;
    const bool serves = std::any_of(resources.begin(), resources.end(), [&](const Resource& other) {
      return other.serves() && other.name == resource.name && !other.name.empty();
    });
    const std::string name = resource.name.empty() ? "without a name" : std::string(resource.name);
    std::string reason = first_line(resource.details);
    if (reason.empty()) reason = "no reason given";
    Draft draft{
        .object = fmt::format("listener {}", name),
        .at = resource.entry,
        .message = fmt::format(
            "Envoy refused listener {}, {}: {}", name,
            serves ? "an older version of it still serves" : "and its port is not served", reason)};
    if (context.role() == Role::kGateway) {
      draft.resource = KubernetesResource{"Gateway", "", "", "spec.servers[].port"};
    }
    report.add(std::move(draft));
  }
}

}  // namespace xdscope::rules
