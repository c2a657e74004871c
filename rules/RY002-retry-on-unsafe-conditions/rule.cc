#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {

void check_ry002(const RuleContext& context, Reporter& report) {
  const auto methods = unsafe_methods(context, "idempotent_methods");
  for (const RetryUse& use : retry_uses(context)) {
    std::string conditions;
    for (const std::string_view condition : use.policy->retry_on) {
      if (!context.listed("unsafe_conditions", condition)) continue;
      conditions += fmt::format("{}{}", conditions.empty() ? "" : ", ", condition);
    }
    if (conditions.empty() || !may_carry(use.first.route->match, methods) ||
        all_hosts_listed(context, "allow_hosts", use)) {
      continue;
    }
    report.add({.object = object_of(use.first),
                .identity = identity_of(use.first),
                .at = use.policy->source,
                .message = fmt::format("Requests that write are repeated (retries: {}) on {}{}, "
                                       "though the first one may have done its work",
                                       use.policy->num_retries, conditions, copies_text(use)),
                .resource = resource_of(use.first, "spec.http[].retries.retryOn")});
  }
}

}  // namespace xdscope::rules
