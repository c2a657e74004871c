#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {

void check_ry006(const RuleContext& context, Reporter& report) {
  for (const RetryUse& use : retry_uses(context)) {
    const auto retries = static_cast<std::int64_t>(use.policy->num_retries);
    if (retries <= context.integer("warn_above")) continue;
    const bool error = retries > context.integer("error_above");
    report.add(
        {.object = object_of(use.first),
         .identity = identity_of(use.first),
         .at = use.policy->source,
         .message = fmt::format("A request is retried up to {} times{}", retries, copies_text(use)),
         .resource = resource_of(use.first, "spec.http[].retries.attempts"),
         .severity = error ? Severity::kError : Severity::kWarning});
  }
}

}  // namespace xdscope::rules
