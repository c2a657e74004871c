#include <fmt/format.h>

#include <chrono>

#include "rules/rule.h"
#include "rules/support/routes.h"

namespace xdscope::rules {
namespace {

double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

bool repeats_a_timeout(const RetryPolicy& policy) {
  return has_condition(policy, "5xx") || has_condition(policy, "gateway-error") ||
         has_condition(policy, "reset");
}

// What is wrong with the timeouts; "" for nothing.
std::string contradiction(const RuleContext& context, const RouteAction& action,
                          const RetryPolicy& policy) {
  // Envoy's default where a route says nothing; zero means none.
  const double timeout = seconds(action.timeout.value_or(std::chrono::seconds(15)));
  const double per_try = policy.per_try_timeout ? seconds(*policy.per_try_timeout) : 0;
  const std::uint32_t tries = policy.num_retries + 1;
  if (per_try > 0 && !repeats_a_timeout(policy)) {
    return fmt::format("A try ends after {:g} s, but no condition of retry_on repeats it", per_try);
  }
  if (timeout <= 0) return {};
  if (per_try <= 0) {
    // Only a policy that repeats slow tries suffers from one that takes all the time.
    if (!action.timeout || !repeats_a_timeout(policy)) return {};
    return fmt::format(
        "{} tries share a timeout of {:g} s without a timeout per try: a slow first one takes it "
        "all",
        tries, timeout);
  }
  if (per_try >= timeout) {
    return fmt::format("A try may take {:g} s, the whole request {:g} s: no retry after a slow try",
                       per_try, timeout);
  }
  if (per_try * tries > timeout * (1 + context.number("tolerance"))) {
    return fmt::format("{} tries of {:g} s do not fit into the timeout of {:g} s", tries, per_try,
                       timeout);
  }
  return {};
}

}  // namespace

void check_ry003(const RuleContext& context, Reporter& report) {
  for (const RetryUse& use : retry_uses(context)) {
    if (is_istio_default(*use.policy)) continue;
    const std::string what = contradiction(context, use.first.route->route, *use.policy);
    if (what.empty()) continue;
    report.add({.object = object_of(use.first),
                .identity = identity_of(use.first),
                .at = use.policy->source,
                .message = what + copies_text(use),
                .effect = {504, "UT"},
                .resource = resource_of(use.first, "spec.http[].retries.perTryTimeout")});
  }
}

}  // namespace xdscope::rules
