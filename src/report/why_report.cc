#include "report/why_report.h"

#include <fmt/format.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/escaping.h"

namespace xdscope::report {
namespace {

using trace::WhyCase;
using trace::WhyCause;
using trace::WhyReport;

std::string effect(const WhyCase& one) {
  if (one.passes) return "passes";
  if (one.code == 0) return one.flags == "-" ? "closed" : "closed, " + one.flags;
  return one.flags == "-" ? std::to_string(one.code) : fmt::format("{} {}", one.code, one.flags);
}

bool same_story(const WhyCase& a, const WhyCase& b) {
  return a.what == b.what && a.code == b.code && a.flags == b.flags && a.passes == b.passes &&
         a.resource == b.resource && a.hints == b.hints;
}

// Cases that differ only in where they stand, in the order of the first of each.
std::vector<std::vector<const WhyCase*>> stories(const WhyCause& cause) {
  std::vector<std::vector<const WhyCase*>> out;
  for (const WhyCase& one : cause.cases) {
    const auto known = std::find_if(
        out.begin(), out.end(), [&](const auto& story) { return same_story(*story.front(), one); });
    if (known == out.end()) {
      out.push_back({&one});
    } else {
      known->push_back(&one);
    }
  }
  return out;
}

std::string location(const Evidence& evidence) {
  return evidence ? fmt::format("{}:{} {}", printable(evidence.file), evidence.line,
                                printable(evidence.pointer))
                  : std::string();
}

// `proxy` as it is to be shown.
std::string none_found(std::string_view status, std::string_view proxy) {
  return fmt::format("Nothing in the configuration of {} answers {}.\n", proxy, printable(status));
}

}  // namespace

std::string why_text(std::string_view status, std::string_view proxy, const WhyReport& report,
                     bool color) {
  const auto painted = [&](std::string_view text, const char* paint) {
    return color ? fmt::format("\x1b[{}m{}\x1b[0m", paint, text) : std::string(text);
  };
  std::string out;
  if (report.causes.empty()) out = none_found(status, printable(proxy));
  for (const WhyCause& cause : report.causes) {
    out += fmt::format("{}  ({})\n", painted(cause.title, "1"), cause.cases.size());
    for (const auto& story : stories(cause)) {
      const WhyCase& first = *story.front();
      out += fmt::format(
          "  {:<7} {}{}\n", effect(first), first.what,
          first.resource.empty() ? "" : fmt::format("  [{}]", printable(first.resource)));
      for (const std::string& hint : first.hints) {
        out += fmt::format("  {:7} {} {}\n", "", painted("near miss:", "33"), hint);
      }
      for (const WhyCase* one : story) {
        out += fmt::format("  {:7} {}\n", "", one->object);
        if (one->evidence) {
          out += fmt::format("  {:7}   {}\n", "", painted(location(one->evidence), "2"));
        }
      }
    }
    out += fmt::format("  {} {}\n\n", painted("mend:", "32"), cause.change);
  }
  if (!report.not_evaluated.empty()) out += "Not evaluated:\n";
  for (const std::string& reason : report.not_evaluated) out += fmt::format("  {}\n", reason);
  return out;
}

std::string why_markdown(std::string_view status, std::string_view proxy, const WhyReport& report) {
  std::string out = fmt::format("# Why {} answers {}\n\n", markdown_code(proxy), printable(status));
  if (report.causes.empty()) out += none_found(status, markdown_code(proxy)) + "\n";
  for (const WhyCause& cause : report.causes) {
    out += fmt::format("## {}\n\n", cause.title);
    for (const auto& story : stories(cause)) {
      const WhyCase& first = *story.front();
      out += fmt::format("- **{}** {}", effect(first), markdown_text(first.what));
      if (!first.resource.empty()) out += fmt::format(" ({})", markdown_code(first.resource));
      out += '\n';
      for (const std::string& hint : first.hints) {
        out += fmt::format("  - near miss: {}\n", markdown_text(hint));
      }
      for (const WhyCase* one : story) {
        out += fmt::format("  - {}", markdown_code(one->object));
        if (one->evidence) out += fmt::format(": {}", markdown_code(location(one->evidence)));
        out += '\n';
      }
    }
    out += fmt::format("\nMend: {}.\n\n", cause.change);
  }
  if (!report.not_evaluated.empty()) out += "## Not evaluated\n\n";
  for (const std::string& reason : report.not_evaluated)
    out += fmt::format("- {}\n", markdown_text(reason));
  return out;
}

std::string why_json(std::string_view status, std::string_view proxy, const WhyReport& report) {
  using Json = nlohmann::ordered_json;
  Json causes = Json::array();
  for (const WhyCause& cause : report.causes) {
    Json cases = Json::array();
    for (const WhyCase& one : cause.cases) {
      const Evidence& at = one.evidence;
      cases.push_back(
          {{"object", one.object},
           {"what", one.what},
           {"effect",
            {{"code", one.code == 0 ? Json(nullptr) : Json(one.code)}, {"flags", one.flags}}},
           {"resource", one.resource.empty() ? Json(nullptr) : Json(one.resource)},
           {"passes", one.passes},
           {"evidence", at ? Json({{"file", at.file}, {"pointer", at.pointer}, {"line", at.line}})
                           : Json(nullptr)},
           {"near_misses", one.hints}});
    }
    causes.push_back({{"id", cause.id},
                      {"title", cause.title},
                      {"remediation", cause.change},
                      {"cases", std::move(cases)}});
  }
  const Json document{{"schema_version", 1},
                      {"status", status},
                      {"proxy", proxy},
                      {"causes", std::move(causes)},
                      {"not_evaluated", report.not_evaluated}};
  return json_document(document);
}

}  // namespace xdscope::report
