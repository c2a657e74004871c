#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/filters.h"
#include "rules/support/jwt.h"

namespace xdscope::rules {
namespace {

// Whether anything after the authentication asks for the token: RBAC on its claims, or an external
// authorizer that may.
bool is_demanded(const HttpUse& use) {
  if (!http_filters(use, "ExtAuthz").empty()) return true;
  for (const Extension* filter : http_filters(use, "RBAC")) {
    const std::string_view rules = filter->config["rules"].raw();
    for (const std::string_view source : {"envoy.filters.http.jwt_authn", "istio_authn"}) {
      if (rules.find(source) != std::string_view::npos) return true;
    }
  }
  return false;
}

}  // namespace

void check_az003(const RuleContext& context, Reporter& report) {
  const bool gateway = context.role() == Role::kGateway;
  for (const JwtProvider& provider : jwt_providers(context)) {
    if (context.listed("optional_issuers", provider.issuer) || is_demanded(*provider.use) ||
        !mentions(provider.filter->config["rules"], "allow_missing")) {
      continue;
    }
    report.add(
        {.object = fmt::format("JWT issuer {} in namespace {}", provider.issuer,
                               context.node().namespace_),
         .at = provider.filter->config["rules"],
         .message = fmt::format(
             "Requests without a token pass {}: tokens of {} are checked only where there is "
             "one",
             object_of(ChainPlace{provider.use->listener, provider.use->filter_chain}),
             provider.issuer),
         .resource =
             KubernetesResource{"AuthorizationPolicy", std::string(context.node().namespace_), "",
                                "spec.rules[].from[].source.requestPrincipals"},
         .severity = gateway ? Severity::kError : Severity::kWarning});
  }
}

}  // namespace xdscope::rules
