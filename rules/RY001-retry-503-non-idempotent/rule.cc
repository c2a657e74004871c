#include <fmt/format.h>

#include <algorithm>

#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

// What is known about who chose the policy.
enum class Origin { kLegacyDefault, kLikeLegacyDefault, kDefaultByFlag, kExplicit };

Origin origin_of(const RuleContext& context, const RetryPolicy& policy) {
  const Version istio = context.node().istio;
  if (!is_istio_default(policy) || istio >= Version{1, 27, 0}) return Origin::kExplicit;
  if (!istio.known()) return Origin::kLikeLegacyDefault;
  return istio >= Version{1, 24, 0} ? Origin::kDefaultByFlag : Origin::kLegacyDefault;
}

// The first code of the policy that must not be retried; 0 for none.
std::uint32_t unsafe_code(const RuleContext& context, const RetryPolicy& policy) {
  if (!has_condition(policy, "retriable-status-codes")) return 0;
  const auto& codes = policy.retriable_status_codes;
  const auto it = std::find_if(codes.begin(), codes.end(), [&](std::uint32_t code) {
    return context.listed("unsafe_codes", std::to_string(code));
  });
  return it == codes.end() ? 0 : *it;
}

struct Defaults {
  std::size_t routes = 0;
  const RetryUse* first = nullptr;
};

void report_explicit(const RetryUse& use, std::uint32_t code, Reporter& report) {
  report.add({.object = object_of(use.first),
              .identity = identity_of(use.first),
              .at = use.policy->source,
              .message = fmt::format("Requests that write are repeated (retries: {}) after a {}{}, "
                                     "though the first one may have done its work",
                                     use.policy->num_retries, code, copies_text(use)),
              .resource = resource_of(use.first, "spec.http[].retries.retryOn")});
}

void report_default(const RuleContext& context, Origin origin, const Defaults& defaults,
                    Reporter& report) {
  const bool by_flag = origin == Origin::kDefaultByFlag;
  const std::string policy =
      origin == Origin::kLikeLegacyDefault
          ? std::string("A retry policy like the default of Istio up to 1.23")
          : fmt::format("The default retry policy of Istio {}{}", context.node().istio_version,
                        by_flag ? " with EXCLUDE_UNSAFE_503_FROM_DEFAULT_RETRY=false" : "");
  Draft draft{.object = "default retry policy",
              .at = defaults.first->policy->source,
              .message = fmt::format("{} repeats requests that write after a 503, on {} route{}",
                                     policy, defaults.routes, defaults.routes == 1 ? "" : "s"),
              .resource = KubernetesResource{"MeshConfig", "", "", "defaultHttpRetryPolicy"}};
  if (!by_flag) draft.severity = parse_severity(context.string("severity_of_legacy_default"));
  report.add(std::move(draft));
}

}  // namespace

void check_ry001(const RuleContext& context, Reporter& report) {
  const auto methods = unsafe_methods(context, "idempotent_methods");
  Defaults defaults;
  Origin default_origin = Origin::kExplicit;
  const std::vector<RetryUse>& uses = retry_uses(context);
  for (const RetryUse& use : uses) {
    const std::uint32_t code = unsafe_code(context, *use.policy);
    if (code == 0 || !may_carry(use.first.route->match, methods) ||
        all_hosts_listed(context, "allow_hosts", use)) {
      continue;
    }
    const Origin origin = origin_of(context, *use.policy);
    if (origin == Origin::kExplicit) {
      report_explicit(use, code, report);
      continue;
    }
    default_origin = origin;
    if (defaults.first == nullptr) defaults.first = &use;
    defaults.routes += use.places.size();
  }
  if (defaults.first != nullptr) report_default(context, default_origin, defaults, report);
}

}  // namespace xdscope::rules
