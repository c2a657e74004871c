#include <fmt/format.h>

#include <algorithm>
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

std::string_view noun_of(Role role) {
  switch (role) {
    case Role::kSidecar:
      return "sidecars";
    case Role::kGateway:
      return "gateways";
    case Role::kWaypoint:
      return "waypoints";
    case Role::kZtunnel:
      return "ztunnels";
    case Role::kUnknown:
    case Role::kEnvoy:
      break;
  }
  return "proxies";
}

// "40 of 42 gateways", where they are all gateways.
std::string share_text(const std::vector<std::string>& proxies, const LintResult& result) {
  const auto role_of = [&](const std::string& proxy) {
    const auto found = result.roles.find(proxy);
    return found == result.roles.end() ? Role::kUnknown : found->second;
  };
  const Role role = role_of(proxies.front());
  if (noun_of(role) == "proxies" || !std::ranges::all_of(proxies, [&](const std::string& proxy) {
        return role_of(proxy) == role;
      })) {
    return fmt::format("{} of {} proxies", proxies.size(), result.roles.size());
  }
  const auto all =
      std::ranges::count_if(result.roles, [&](const auto& proxy) { return proxy.second == role; });
  return fmt::format("{} of {} {}", proxies.size(), all, noun_of(role));
}

// One proxy by its name, several as "2 of 3 gateways: a, b".
std::string proxies_text(const std::vector<std::string>& proxies, const LintResult& result) {
  constexpr std::size_t kMost = 3;
  if (proxies.size() == 1) return printable(proxies.front());
  std::string text = share_text(proxies, result) + ": ";
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

void add_finding(std::string& out, const Finding& finding, const Painter& paint,
                 const LintResult& result) {
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
  if (result.proxies > 1 && !finding.proxies.empty()) {
    out += paint.dim(fmt::format("    on {}\n", proxies_text(finding.proxies, result)));
  }
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
    if (result.proxies > 1 && !item.proxies.empty()) {
      rules += fmt::format(" (on {})", proxies_text(item.proxies, result));
    }
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
                      previous->severity == finding->severity &&
                      previous->remediation == finding->remediation;
    if (!same) {
      if (previous != nullptr) {
        out += paint.dim(fmt::format("  fix: {}\n\n", printable(previous->remediation)));
      }
      out += fmt::format("{} {} {}\n", paint.severity(finding->severity), paint.bold(finding->rule),
                         finding->name);
    }
    add_finding(out, *finding, paint, result);
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
