#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "report/escaping.h"
#include "report/lint_report.h"
#include "xdscope/version.h"

namespace xdscope::report {
namespace {

using Json = nlohmann::ordered_json;

std::string_view level(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
      break;
  }
  return "note";
}

// GitHub sorts code scanning alerts by this number.
std::string_view security_severity(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "8.0";
    case Severity::kWarning:
      return "5.0";
    case Severity::kInfo:
      break;
  }
  return "2.0";
}

Json rule_json(const RuleInfo& rule) {
  Json json = {
      {"id", rule.id},
      {"name", rule.name},
      {"shortDescription", {{"text", rule.summary}}},
      {"fullDescription", {{"text", rule.summary + " " + rule.remediation}}},
      {"help", {{"text", rule.remediation}}},
      {"defaultConfiguration", {{"level", level(rule.severity)}}},
      {"properties",
       {{"tags", {"envoy", "istio"}},
        {"problem.severity", rule.severity == Severity::kInfo ? std::string_view("recommendation")
                                                              : level(rule.severity)},
        {"security-severity", security_severity(rule.severity)}}}};
  if (!rule.page.empty()) json["help"]["markdown"] = rule.page;
  return json;
}

// A URI reference: what RFC 3986 does not allow in a path is escaped.
std::string uri_of(const std::string& file) {
  std::string uri = file.starts_with('/') ? "file://" : "";
  for (const char c : file) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-._~!$&'()*+,;=@").find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return uri;
}

Json location_json(const Finding& finding) {
  const std::string& file = finding.evidence.file;
  return {{"physicalLocation",
           {{"artifactLocation", {{"uri", uri_of(file.empty() || file == "-" ? "stdin" : file)}}},
            {"region", {{"startLine", finding.evidence.line == 0 ? 1 : finding.evidence.line}}}}},
          {"logicalLocations",
           Json::array({{{"fullyQualifiedName", finding.evidence.pointer}, {"kind", "object"}}})}};
}

// SARIF reads [text](place) in a message as a link; a name in a dump makes none.
std::string message_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    if (c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

Json result_json(const Finding& finding, std::size_t rule_index) {
  std::string text = finding.message;
  if (const std::string effect = effect_text(finding.effect); !effect.empty()) {
    text += fmt::format(" [{}]", effect);
  }
  text += fmt::format(". {}", finding.remediation);
  Json json = {{"ruleId", finding.rule},
               {"ruleIndex", rule_index},
               {"level", level(finding.severity)},
               {"message", {{"text", message_text(text)}}},
               {"locations", Json::array({location_json(finding)})},
               {"partialFingerprints", {{"xdscope/v1", finding.fingerprint}}},
               {"properties", {{"object", finding.object}, {"proxies", finding.proxies}}}};
  if (finding.resource && *finding.resource) {
    json["properties"]["resource"] = to_string(*finding.resource);
    json["properties"]["field"] = finding.resource->field;
  }
  return json;
}

}  // namespace

std::string lint_sarif(const LintResult& result, const LintReportOptions& options) {
  Json rules = Json::array();
  std::map<std::string_view, std::size_t> indexes;
  for (const RuleInfo& rule : result.rules) {
    indexes[rule.id] = rules.size();
    rules.push_back(rule_json(rule));
  }
  Json results = Json::array();
  for (const Finding* finding : shown(result, options)) {
    results.push_back(result_json(*finding, indexes[finding->rule]));
  }
  Json notifications = Json::array();
  for (const NotEvaluated& item : result.not_evaluated) {
    notifications.push_back({{"level", "note"},
                             {"message", {{"text", fmt::format("not evaluated: {}", item.reason)}}},
                             {"associatedRule", {{"id", item.rule}}}});
  }
  const Json json = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       Json::array(
           {{{"tool",
              {{"driver",
                {{"name", "xdscope"}, {"semanticVersion", version()}, {"rules", rules}}}}},
             {"invocations", Json::array({{{"executionSuccessful", true},
                                           {"toolConfigurationNotifications", notifications}}})},
             {"results", results}}})}};
  return json_document(json);
}

}  // namespace xdscope::report
