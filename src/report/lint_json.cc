#include <nlohmann/json.hpp>

#include "report/escaping.h"
#include "report/lint_report.h"

namespace xdscope::report {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json effect_json(const Effect& effect) {
  if (!effect) return nullptr;
  return {{"code", effect.code == 0 ? Json(nullptr) : Json(effect.code)},
          {"flags", text_or_null(effect.flags)}};
}

Json resource_json(const std::optional<KubernetesResource>& resource) {
  if (!resource || !*resource) return nullptr;
  return {{"kind", resource->kind},
          {"namespace", text_or_null(resource->namespace_)},
          {"name", text_or_null(resource->name)},
          {"field", text_or_null(resource->field)}};
}

Json finding_json(const Finding& finding) {
  const Evidence& at = finding.evidence;
  return {{"rule", finding.rule},
          {"name", finding.name},
          {"severity", severity_name(finding.severity)},
          {"message", finding.message},
          {"effect", effect_json(finding.effect)},
          {"object", text_or_null(finding.object)},
          {"file", text_or_null(at.file)},
          {"pointer", at ? Json(at.pointer) : Json(nullptr)},
          {"line", at ? Json(at.line) : Json(nullptr)},
          {"resource", resource_json(finding.resource)},
          {"remediation", text_or_null(finding.remediation)},
          {"fingerprint", finding.fingerprint},
          {"proxies", finding.proxies}};
}

}  // namespace

std::string lint_json(const LintResult& result, const LintReportOptions& options) {
  Json json;
  json["schema_version"] = 1;
  json["findings"] = Json::array();
  for (const Finding* finding : shown(result, options)) {
    json["findings"].push_back(finding_json(*finding));
  }
  json["not_evaluated"] = Json::array();
  for (const NotEvaluated& item : result.not_evaluated) {
    json["not_evaluated"].push_back(
        {{"rule", item.rule}, {"reason", item.reason}, {"proxies", item.proxies}});
  }
  json["notes"] = result.notes;
  json["summary"] = {{"errors", count(result, Severity::kError)},
                     {"warnings", count(result, Severity::kWarning)},
                     {"infos", count(result, Severity::kInfo)},
                     {"known", result.known},
                     {"suppressed", result.suppressed.size()},
                     {"not_evaluated", result.not_evaluated.size()},
                     {"rules", result.rules.size()},
                     {"proxies", result.proxies}};
  return json_document(json);
}

}  // namespace xdscope::report
