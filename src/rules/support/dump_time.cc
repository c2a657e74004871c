#include "rules/support/dump_time.h"

#include <algorithm>

#include "base/time.h"

namespace xdscope::rules {

std::int64_t dump_time(const RuleContext& context) {
  std::string_view newest;
  for (const Section section :
       {Section::kClusters, Section::kListeners, Section::kRoutes, Section::kSecrets}) {
    // Timestamps of one form sort as text.
    for (const Resource& resource : context.resources(section)) {
      newest = std::max(newest, resource.entry["last_updated"].text());
    }
  }
  std::int64_t time = parse_time(newest).value_or(0);
  const auto started = parse_time(context.section(Section::kBootstrap)["last_updated"].text());
  const auto uptime =
      decode_duration(context.section(Section::kServerInfo)["uptime_current_epoch"]);
  if (started && uptime) {
    time = std::max(time,
                    *started + std::chrono::duration_cast<std::chrono::seconds>(*uptime).count());
  }
  return time;
}

}  // namespace xdscope::rules
