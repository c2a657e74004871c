#include "report/lint_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace xdscope::report {
namespace {

using Format = std::string (*)(const LintResult&, const LintReportOptions&);
constexpr std::array<std::pair<std::string_view, Format>, 7> kFormats = {{
    {"text", lint_text},
    {"json", lint_json},
    {"sarif", lint_sarif},
    {"junit", lint_junit},
    {"github", lint_github},
    {"gitlab", lint_gitlab},
    {"markdown", lint_markdown},
}};

}  // namespace

const std::vector<std::string_view>& lint_formats() {
  static const std::vector<std::string_view> kNames = [] {
    std::vector<std::string_view> out;
    for (const auto& [name, format] : kFormats) out.push_back(name);
    return out;
  }();
  return kNames;
}

std::optional<std::string> lint_report(std::string_view format, const LintResult& result,
                                       const LintReportOptions& options) {
  for (const auto& [name, write] : kFormats) {
    if (name == format) return write(result, options);
  }
  return std::nullopt;
}

std::vector<const Finding*> shown(const LintResult& result, const LintReportOptions& options) {
  std::vector<const Finding*> out;
  for (const Finding& finding : result.findings) {
    if (finding.severity >= options.show) out.push_back(&finding);
  }
  return out;
}

std::size_t count(const LintResult& result, Severity severity) {
  return static_cast<std::size_t>(
      std::count_if(result.findings.begin(), result.findings.end(),
                    [&](const Finding& finding) { return finding.severity == severity; }));
}

std::string effect_text(const Effect& effect) {
  if (effect.code == 0) return effect.flags;
  return effect.flags.empty() ? std::to_string(effect.code)
                              : fmt::format("{} {}", effect.code, effect.flags);
}

}  // namespace xdscope::report
