#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "report/lint_report.h"

namespace xdscope::report {
namespace {

class Painter {
 public:
  explicit Painter(bool color) : color_(color) {}
  std::string severity(Severity severity) const {
    switch (severity) {
      case Severity::kError:
        return paint("31;1", "error");
      case Severity::kWarning:
        return paint("33;1", "warning");
      case Severity::kInfo:
        return paint("36", "info");
    }
    return {};
  }
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string dim(std::string_view text) const { return paint("2", text); }

 private:
  std::string paint(std::string_view code, std::string_view text) const {
    return color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  bool color_;
};

std::string proxies_text(const std::vector<std::string>& proxies) {
  constexpr std::size_t kMost = 3;
  std::string text;
  for (std::size_t i = 0; i < proxies.size() && i < kMost; ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", printable(proxies[i]));
  }
  if (proxies.size() > kMost) text += fmt::format(" and {} more", proxies.size() - kMost);
  return text;
}

// A rule of a user's own may name no field: then it is told where the object comes from, not what
// to change.
std::string resource_line(const KubernetesResource& resource) {
  const std::string name = printable(to_string(resource));
  if (resource.field.empty()) return fmt::format("    from {}\n", name);
  return fmt::format("    change {}: {}\n", name, printable(resource.field));
}

void add_finding(std::string& out, const Finding& finding, const Painter& paint, bool many) {
  const std::string effect = effect_text(finding.effect);
  out += fmt::format("  {}{}\n", printable(finding.message),
                     effect.empty() ? "" : fmt::format(" [{}]", effect));
  out += paint.dim(fmt::format("    {}\n", printable(finding.object)));
  if (finding.evidence) {
    out += paint.dim(fmt::format("    {}:{} {}\n", printable(finding.evidence.file),
                                 finding.evidence.line, printable(finding.evidence.pointer)));
  }
  if (finding.resource && *finding.resource) {
    out += paint.dim(resource_line(*finding.resource));
  }
  if (many) out += paint.dim(fmt::format("    in {}\n", proxies_text(finding.proxies)));
}

std::string summary_line(const LintResult& result) {
  const auto part = [](std::size_t number, std::string_view noun) {
    return fmt::format("{} {}{}", number, noun, number == 1 ? "" : "s");
  };
  std::string text = fmt::format("{}, {}, {} info", part(count(result, Severity::kError), "error"),
                                 part(count(result, Severity::kWarning), "warning"),
                                 count(result, Severity::kInfo));
  if (result.known > 0) text += fmt::format(", {} known", result.known);
  if (!result.suppressed.empty()) text += fmt::format(", {} suppressed", result.suppressed.size());
  if (result.proxies > 1) text += fmt::format("; {} proxies", result.proxies);
  return text;
}

// Rules that share a reason on one line: what is missing is missing for all of them.
void add_not_evaluated(std::string& out, const LintResult& result, const Painter& paint) {
  if (result.not_evaluated.empty()) return;
  std::map<std::string, std::string> by_reason;
  for (const NotEvaluated& item : result.not_evaluated) {
    std::string& rules = by_reason[item.reason];
    rules += fmt::format("{}{}", rules.empty() ? "" : ", ", item.rule);
    if (result.proxies > 1) rules += fmt::format(" (on {})", proxies_text(item.proxies));
  }
  out += paint.bold("not evaluated") + "\n";
  for (const auto& [reason, rules] : by_reason) {
    out += fmt::format("  {}: {}\n", printable(reason), rules);
  }
  out += "\n";
}

}  // namespace

std::string lint_text(const LintResult& result, const LintReportOptions& options) {
  const Painter paint(options.color);
  std::string out;
  const Finding* previous = nullptr;
  for (const Finding* finding : shown(result, options)) {
    const bool same = previous != nullptr && previous->rule == finding->rule &&
                      previous->severity == finding->severity;
    if (!same) {
      if (previous != nullptr) {
        out += paint.dim(fmt::format("  fix: {}\n\n", printable(previous->remediation)));
      }
      out += fmt::format("{} {} {}\n", paint.severity(finding->severity), paint.bold(finding->rule),
                         finding->name);
    }
    add_finding(out, *finding, paint, result.proxies > 1);
    previous = finding;
  }
  if (previous != nullptr) {
    out += paint.dim(fmt::format("  fix: {}\n\n", printable(previous->remediation)));
  }
  add_not_evaluated(out, result, paint);
  for (const std::string& note : result.notes) out += fmt::format("note: {}\n", printable(note));
  out += summary_line(result) + "\n";
  return out;
}

}  // namespace xdscope::report
