#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "rules/rule.h"
#include "rules/support/policies.h"

namespace xdscope::rules {
namespace {

bool strips_port(const PolicyUse& policy) {
  const json::Value manager = policy.use->manager.source;
  return manager["strip_any_host_port"].boolean_or(false) ||
         manager["strip_matching_host_port"].boolean_or(false);
}

struct Hosts {
  std::vector<json::Value> exact;
  std::vector<StringMatcher> others;
};

// The hosts by which the policy keeps requests out.
Hosts denied_hosts(const PolicyUse& policy) {
  Hosts hosts;
  for (const Condition& condition : conditions_of(policy.policy["permissions"])) {
    const bool denies = (policy.action == PolicyUse::Action::kDeny) != condition.negated;
    if (!denies || !condition.value["header"]) continue;
    const HeaderMatcher header = decode_header_matcher(condition.value["header"]);
    const bool authority = equals_ignoring_case(header.name, ":authority") ||
                           equals_ignoring_case(header.name, "host");
    if (!authority || header.kind != HeaderMatcher::Kind::kString || header.invert) continue;
    if (header.string.kind == StringMatcher::Kind::kExact) {
      hosts.exact.push_back(condition.value["header"]);
    }
    hosts.others.push_back(header.string);
  }
  return hosts;
}

// Whether the policy names the host with a port, too.
bool covers_ports(const StringMatcher& matcher, std::string_view host) {
  const std::string with_port = to_lower(host) + ":";
  const std::string value = to_lower(matcher.value);
  switch (matcher.kind) {
    case StringMatcher::Kind::kPrefix:
      return with_port.starts_with(value);
    case StringMatcher::Kind::kContains:
      return host.find(matcher.value) != std::string_view::npos;
    case StringMatcher::Kind::kExact:
      return value.starts_with(with_port);
    case StringMatcher::Kind::kRegex:
    case StringMatcher::Kind::kCustom:
      return true;
    case StringMatcher::Kind::kSuffix:
    case StringMatcher::Kind::kNone:
      break;
  }
  return false;
}

}  // namespace

void check_az010(const RuleContext& context, Reporter& report) {
  for (const PolicyUse& policy : policy_uses(context)) {
    if (!policy.http || policy.shadow || policy.action == PolicyUse::Action::kLog ||
        strips_port(policy)) {
      continue;
    }
    const Hosts hosts = denied_hosts(policy);
    for (const json::Value header : hosts.exact) {
      const std::string_view host = decode_header_matcher(header).string.value;
      // One that is written with a port means just that.
      if (host.find(':') != std::string_view::npos) continue;
      if (std::any_of(hosts.others.begin(), hosts.others.end(),
                      [&](const StringMatcher& other) { return covers_ports(other, host); })) {
        continue;
      }
      report.add({.object = fmt::format("host {} in {}", host, policy_text(policy)),
                  .at = header,
                  .message = fmt::format("{} keeps out {}, but not {}:80: a port behind the host "
                                         "passes by it",
                                         policy_text(policy), host, host),
                  .resource = resource_of(policy, "spec.rules[].to[].operation.hosts")});
    }
  }
}

}  // namespace xdscope::rules
