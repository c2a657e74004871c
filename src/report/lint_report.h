// The findings of a run, in the formats of people and pipelines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/lint.h"

namespace xdscope::report {

struct LintReportOptions {
  Severity show = Severity::kInfo;  // what is less grave is counted only
  bool color = false;               // text only
  // JUnit only: what is less grave is told, and fails no test. Nothing: no finding fails one.
  std::optional<Severity> fail_on = Severity::kError;
};

// "text", "json", "sarif", "junit", "github", "gitlab", "markdown".
const std::vector<std::string_view>& lint_formats();

// The report in one of these formats; nothing for any other.
std::optional<std::string> lint_report(std::string_view format, const LintResult& result,
                                       const LintReportOptions& options);

std::string lint_text(const LintResult& result, const LintReportOptions& options);
std::string lint_json(const LintResult& result, const LintReportOptions& options);
// SARIF 2.1.0, as GitHub's code scanning reads it.
std::string lint_sarif(const LintResult& result, const LintReportOptions& options);
// One test case per rule that was run, one failure per finding at or above the threshold.
std::string lint_junit(const LintResult& result, const LintReportOptions& options);
// Workflow commands: `::error file=…,line=…,title=…::message`.
std::string lint_github(const LintResult& result, const LintReportOptions& options);
// GitLab's code quality report.
std::string lint_gitlab(const LintResult& result, const LintReportOptions& options);
std::string lint_markdown(const LintResult& result, const LintReportOptions& options);

// Those at or above options.show.
std::vector<const Finding*> shown(const LintResult& result, const LintReportOptions& options);
std::size_t count(const LintResult& result, Severity severity);
// "404 NR", "503 NC", "NC", "504"; "" for none.
std::string effect_text(const Effect& effect);

}  // namespace xdscope::report
