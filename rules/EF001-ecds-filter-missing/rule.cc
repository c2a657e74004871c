#include <fmt/format.h>

#include <algorithm>

#include "rules/rule.h"
#include "rules/support/filters.h"

namespace xdscope::rules {

void check_ef001(const RuleContext& context, Reporter& report) {
  // Envoy prints the section as soon as a filter asks for extension discovery: without it the input
  // was taken in part.
  if (!context.has(Input::kExtensions)) return;
  const auto& delivered = context.resources(Section::kEcds);
  for (const HttpUse* use : context.http_uses()) {
    for (const Extension& filter : use->manager.http_filters) {
      if (!filter.config_discovery) continue;
      const bool there =
          std::any_of(delivered.begin(), delivered.end(), [&](const Resource& resource) {
            return resource.name == filter.name && resource.state != ResourceState::kRejected;
          });
      if (there) continue;
      const json::Value discovery = filter.source["config_discovery"];
      const bool has_default = static_cast<bool>(discovery["default_config"]);
      report.add(
          {.object = fmt::format("HTTP filter {}", filter.name),
           .at = filter.source,
           .message = fmt::format("The configuration of HTTP filter {} has not arrived{}",
                                  filter.name, has_default ? ": its default is in effect" : ""),
           .effect = has_default ? Effect{} : Effect{500, "NFCF"},
           .severity = has_default ? Severity::kWarning : Severity::kError});
    }
  }
}

}  // namespace xdscope::rules
