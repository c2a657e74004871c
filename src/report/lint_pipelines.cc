// Reports that build systems and code reviews read.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/escaping.h"
#include "report/lint_report.h"

namespace xdscope::report {
namespace {

using Json = nlohmann::ordered_json;

// GitHub's workflow commands: % and line ends are escaped, in properties also : and ,.
std::string command_text(std::string_view text, bool property) {
  std::string out;
  for (const char c : printable(text)) {
    const bool escape = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    out += escape ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return out;
}

std::string_view gitlab_severity(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "critical";
    case Severity::kWarning:
      return "major";
    case Severity::kInfo:
      break;
  }
  return "info";
}

std::string place(const Finding& finding) {
  if (!finding.evidence) return {};
  return fmt::format("{}:{}", finding.evidence.file, finding.evidence.line);
}

std::string full_message(const Finding& finding) {
  const std::string effect = effect_text(finding.effect);
  return effect.empty() ? finding.message : fmt::format("{} [{}]", finding.message, effect);
}

bool fails(const Finding& finding, const LintReportOptions& options) {
  return options.fail_on && finding.severity >= *options.fail_on;
}

void add_junit_case(std::string& out, const RuleInfo& rule,
                    const std::vector<const Finding*>& findings, const std::string& skipped,
                    const LintReportOptions& options) {
  out += fmt::format("    <testcase classname=\"xdscope.{}\" name=\"{} {}\"", xml_text(rule.id),
                     xml_text(rule.id), xml_text(rule.name));
  if (findings.empty() && skipped.empty()) {
    out += "/>\n";
    return;
  }
  out += ">\n";
  std::string told;
  for (const Finding* finding : findings) {
    if (!fails(*finding, options)) {
      told += fmt::format("{}: {}\n{}\n{}\n", severity_name(finding->severity),
                          xml_text(full_message(*finding)), xml_text(finding->object),
                          xml_text(place(*finding)));
      continue;
    }
    out += fmt::format("      <failure type=\"{}\" message=\"{}\">{}\n{}\n{}</failure>\n",
                       severity_name(finding->severity), xml_text(full_message(*finding)),
                       xml_text(finding->object), xml_text(place(*finding)),
                       xml_text(finding->remediation));
  }
  if (!told.empty()) out += fmt::format("      <system-out>{}</system-out>\n", told);
  if (findings.empty()) out += fmt::format("      <skipped message=\"{}\"/>\n", xml_text(skipped));
  out += "    </testcase>\n";
}

}  // namespace

std::string lint_junit(const LintResult& result, const LintReportOptions& options) {
  const auto all = shown(result, options);
  std::string cases;
  std::size_t failed = 0;
  std::size_t skipped_count = 0;
  for (const RuleInfo& rule : result.rules) {
    std::vector<const Finding*> findings;
    for (const Finding* finding : all) {
      if (finding->rule == rule.id) findings.push_back(finding);
    }
    std::string skipped;
    for (const NotEvaluated& item : result.not_evaluated) {
      if (item.rule == rule.id && item.proxies.size() == result.proxies) skipped = item.reason;
    }
    failed += std::ranges::any_of(findings,
                                  [&](const Finding* finding) { return fails(*finding, options); });
    skipped_count += findings.empty() && !skipped.empty() ? 1 : 0;
    add_junit_case(cases, rule, findings, skipped, options);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"xdscope "
      "lint\" "
      "tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}  "
      "</testsuite>\n</testsuites>\n",
      result.rules.size(), failed, skipped_count, cases);
}

std::string lint_github(const LintResult& result, const LintReportOptions& options) {
  std::string out;
  for (const Finding* finding : shown(result, options)) {
    const std::string_view command = finding->severity == Severity::kError     ? "error"
                                     : finding->severity == Severity::kWarning ? "warning"
                                                                               : "notice";
    std::string where;
    if (finding->evidence) {
      where = fmt::format("file={},line={},", command_text(finding->evidence.file, true),
                          finding->evidence.line);
    }
    out += fmt::format("::{} {}title={} {}::{}%0A{}\n", command, where,
                       command_text(finding->rule, true), command_text(finding->name, true),
                       command_text(full_message(*finding), false),
                       command_text(finding->remediation, false));
  }
  return out;
}

std::string lint_gitlab(const LintResult& result, const LintReportOptions& options) {
  Json json = Json::array();
  for (const Finding* finding : shown(result, options)) {
    const Evidence& at = finding->evidence;
    json.push_back({{"description", full_message(*finding)},
                    {"check_name", finding->rule},
                    {"fingerprint", finding->fingerprint},
                    {"severity", gitlab_severity(finding->severity)},
                    {"location",
                     {{"path", at.file.empty() || at.file == "-" ? "stdin" : at.file},
                      {"lines", {{"begin", at.line == 0 ? 1 : at.line}}}}}});
  }
  return json_document(json);
}

std::string lint_markdown(const LintResult& result, const LintReportOptions& options) {
  std::string out = fmt::format("## xdscope lint\n\n{} errors, {} warnings, {} info\n",
                                count(result, Severity::kError), count(result, Severity::kWarning),
                                count(result, Severity::kInfo));
  const auto findings = shown(result, options);
  if (!findings.empty()) {
    out += "\n| severity | rule | finding | resource |\n|---|---|---|---|\n";
  }
  for (const Finding* finding : findings) {
    std::string resource;
    if (finding->resource && *finding->resource) {
      resource = to_string(*finding->resource);
      if (!finding->resource->field.empty()) resource += ": " + finding->resource->field;
    }
    out += fmt::format("| {} | {} {} | {} <br>{} | {} |\n", severity_name(finding->severity),
                       finding->rule, finding->name, markdown_text(full_message(*finding)),
                       markdown_text(place(*finding)), markdown_text(resource));
  }
  if (!result.not_evaluated.empty()) out += "\nNot evaluated:\n\n";
  for (const NotEvaluated& item : result.not_evaluated) {
    out += fmt::format("- {}: {}\n", item.rule, markdown_text(item.reason));
  }
  return out;
}

}  // namespace xdscope::report
