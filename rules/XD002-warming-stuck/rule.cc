#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/time.h"
#include "rules/rule.h"
#include "rules/support/dump_time.h"
#include "rules/support/targets.h"

namespace xdscope::rules {
namespace {

constexpr Section kSections[] = {Section::kClusters, Section::kListeners};

std::set<std::string_view> clusters_in_use(const RuleContext& context) {
  std::set<std::string_view> names;
  for (const ClusterTarget& target : cluster_targets(context)) {
    if (!target.idle()) names.insert(target.cluster);
  }
  return names;
}

std::string rejected_text(const RuleContext& context, Section section) {
  const auto rejected =
      context.stat(section == Section::kClusters ? "cluster_manager.cds.update_rejected"
                                                 : "listener_manager.lds.update_rejected");
  if (rejected.value_or(0) == 0) return {};
  return fmt::format("; Envoy has rejected {} update{}", *rejected, *rejected == 1 ? "" : "s");
}

}  // namespace

void check_xd002(const RuleContext& context, Reporter& report) {
  const std::int64_t now = dump_time(context);
  const std::set<std::string_view> used = clusters_in_use(context);
  for (const Section section : kSections) {
    for (const Resource& resource : context.resources(section)) {
      if (resource.state != ResourceState::kWarming) continue;
      const auto updated = parse_time(resource.entry["last_updated"].text());
      if (!updated || now - *updated <= context.integer("max_warming_seconds")) continue;
      const bool cluster = section == Section::kClusters;
      const bool broken =
          cluster && used.contains(resource.name) && !context.has_cluster(resource.name);
      const std::string what =
          fmt::format("{} {}", cluster ? "cluster" : "listener", resource.name);
      report.add({.object = what,
                  .at = resource.entry,
                  .message = fmt::format("{} has been warming for {} s or more{}{}", what,
                                         now - *updated, broken ? ", and routes point at it" : "",
                                         rejected_text(context, section)),
                  .effect = broken ? Effect{503, "NC"} : Effect{},
                  .severity = broken ? Severity::kError : Severity::kWarning});
    }
  }
}

}  // namespace xdscope::rules
