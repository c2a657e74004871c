#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/filters.h"
#include "rules/support/policies.h"

namespace xdscope::rules {
namespace {

// What the connection manager leaves as it is; "" where paths are normalised in full.
std::string left_alone(json::Value manager) {
  if (!manager["normalize_path"].boolean_or(false)) return "paths are not normalised";
  if (!manager["merge_slashes"].boolean_or(false)) return "repeated slashes are not merged";
  const std::string_view action = manager["path_with_escaped_slashes_action"].text();
  const bool kept =
      action.empty() || action == "KEEP_UNCHANGED" || action == "IMPLEMENTATION_SPECIFIC_DEFAULT";
  return kept ? "escaped slashes are not decoded" : "";
}

// An ALLOW policy denies what stands under not_rule.
bool allows_all_but_paths(json::Value value) {
  for (const json::Member member : value.members()) {
    if (member.is("not_rule") && mentions(member.value, "url_path")) return true;
    if (allows_all_but_paths(member.value)) return true;
  }
  if (!value.is_array()) return false;
  for (const json::Value element : value.elements()) {
    if (allows_all_but_paths(element)) return true;
  }
  return false;
}

}  // namespace

void check_az006(const RuleContext& context, Reporter& report) {
  for (const PolicyUse& policy : policy_uses(context)) {
    if (!policy.http || policy.shadow) continue;
    const bool deny = policy.action == PolicyUse::Action::kDeny;
    const json::Value permissions = policy.policy["permissions"];
    const bool by_path =
        deny ? mentions(permissions, "url_path") : allows_all_but_paths(permissions);
    const std::string weakness = by_path ? left_alone(policy.use->manager.source) : "";
    if (weakness.empty()) continue;
    const std::string who = policy_name(policy);
    const bool grave = deny && context.role() == Role::kGateway;
    report.add(
        {.object = who,
         .at = policy.policy,
         .message = fmt::format("{} denies by path, but {}: other spellings of the path pass", who,
                                weakness),
         .resource = KubernetesResource{"MeshConfig", "", "", "pathNormalization.normalization"},
         .severity = grave ? Severity::kError : Severity::kWarning});
  }
}

}  // namespace xdscope::rules
