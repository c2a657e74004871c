#include "rules/baseline.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

namespace xdscope::rules {

using Json = nlohmann::ordered_json;

namespace {

std::set<std::string_view> fingerprints(const Baseline& baseline) {
  std::set<std::string_view> out;
  for (const BaselineEntry& entry : baseline.entries) out.insert(entry.fingerprint);
  return out;
}

}  // namespace

Result<Baseline> parse_baseline(std::string_view json, const std::string& name) {
  const Json parsed = Json::parse(json, nullptr, false);
  const std::string hint = "write one with --baseline FILE --update-baseline";
  if (parsed.is_discarded()) return fail(ErrorCode::kUsage, "the baseline is no JSON", name, hint);
  if (!parsed.is_object() || !parsed.contains("xdscope_baseline") || !parsed.contains("findings") ||
      !parsed["findings"].is_array()) {
    return fail(ErrorCode::kUsage, "this is no baseline of xdscope", name, hint);
  }
  if (parsed["xdscope_baseline"] != 1) {
    return fail(ErrorCode::kUsage, "the baseline is of another version of xdscope", name, hint);
  }
  Baseline baseline;
  for (const Json& item : parsed["findings"]) {
    const auto text = [&](const char* key) {
      const auto it = item.is_object() ? item.find(key) : item.end();
      return it != item.end() && it->is_string() ? it->get<std::string>() : std::string();
    };
    BaselineEntry entry{text("fingerprint"), text("rule"), text("object")};
    if (entry.fingerprint.empty() || entry.rule.empty()) {
      return fail(ErrorCode::kUsage, "an entry of the baseline has no rule or fingerprint", name,
                  hint);
    }
    baseline.entries.insert(std::move(entry));
  }
  return baseline;
}

std::string format_baseline(const Baseline& baseline) {
  // By rule and object, so that a version control system shows what changed.
  std::vector<BaselineEntry> entries(baseline.entries.begin(), baseline.entries.end());
  std::sort(entries.begin(), entries.end(), [](const BaselineEntry& a, const BaselineEntry& b) {
    return std::tie(a.rule, a.object, a.fingerprint) < std::tie(b.rule, b.object, b.fingerprint);
  });
  Json json;
  json["xdscope_baseline"] = 1;
  json["findings"] = Json::array();
  for (const BaselineEntry& entry : entries) {
    json["findings"].push_back(
        {{"rule", entry.rule}, {"object", entry.object}, {"fingerprint", entry.fingerprint}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Baseline baseline_of(const LintResult& result) {
  Baseline baseline;
  for (const Finding& finding : result.findings) {
    baseline.entries.insert({finding.fingerprint, finding.rule, finding.object});
  }
  return baseline;
}

Baseline without_fixed(const Baseline& baseline, const LintResult& result) {
  std::set<std::string_view> evaluated;
  for (const RuleInfo& rule : result.rules) {
    if (rule.applicable) evaluated.insert(rule.id);
  }
  for (const NotEvaluated& item : result.not_evaluated) evaluated.erase(item.rule);
  const Baseline current = baseline_of(result);
  const std::set<std::string_view> found = fingerprints(current);
  Baseline kept;
  for (const BaselineEntry& entry : baseline.entries) {
    if (found.contains(entry.fingerprint) || !evaluated.contains(entry.rule)) {
      kept.entries.insert(entry);
    }
  }
  return kept;
}

void leave_out_known(const Baseline& baseline, LintResult& result) {
  const std::set<std::string_view> known = fingerprints(baseline);
  result.known += std::erase_if(
      result.findings, [&](const Finding& finding) { return known.contains(finding.fingerprint); });
}

}  // namespace xdscope::rules
