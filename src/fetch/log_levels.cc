#include "fetch/log_levels.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"

namespace xdscope::fetch {
namespace {

constexpr auto kLevels = std::to_array<std::string_view>(
    {"trace", "debug", "info", "warning", "error", "critical", "off"});

// "active loggers:\n  admin: warning\n …"
bool has_logger(std::string_view loggers, std::string_view name) {
  return std::ranges::any_of(split(loggers, '\n'), [&](std::string_view line) {
    line = trim(line);
    return line.size() > name.size() && line.starts_with(name) && line[name.size()] == ':';
  });
}

Result<std::string_view> level_of(std::string_view text) {
  const std::string_view level = known_level(text);
  if (!level.empty()) return level;
  return fail(ErrorCode::kUsage, fmt::format("unrecognized logging level: {}", printable(text)),
              "--level", "one of trace, debug, info, warning, error, critical, off");
}

}  // namespace

std::string_view known_level(std::string_view text) {
  if (text == "warn") return "warning";
  const auto* found = std::ranges::find(kLevels, text);
  return found == kLevels.end() ? std::string_view() : *found;
}

Result<std::vector<std::string>> log_queries(std::string_view text, std::string_view loggers) {
  std::vector<std::string> queries;
  for (std::string_view part : split(text, ',')) {
    part = trim(part);
    // A logger may stand behind a scope: "scope::logger:level".
    if (const auto scope = part.rfind("::"); scope != std::string_view::npos)
      part.remove_prefix(scope + 2);
    const std::size_t separator = part.find_first_of(":=");
    if (separator == std::string_view::npos) {
      XDSCOPE_TRY_ASSIGN(const std::string_view level, level_of(part));
      queries = {fmt::format("level={}", level)};
      continue;
    }
    const std::string_view logger = part.substr(0, separator);
    if (logger != "level" && !has_logger(loggers, logger)) {
      return fail(ErrorCode::kUsage, fmt::format("unrecognized logger name: {}", printable(logger)),
                  "--level", "without --level the loggers are listed");
    }
    XDSCOPE_TRY_ASSIGN(const std::string_view level, level_of(part.substr(separator + 1)));
    queries.push_back(fmt::format("{}={}", logger, level));
  }
  // All loggers first, so that single ones stand out.
  std::ranges::stable_partition(
      queries, [](const std::string& query) { return query.starts_with("level="); });
  return queries;
}

}  // namespace xdscope::fetch
