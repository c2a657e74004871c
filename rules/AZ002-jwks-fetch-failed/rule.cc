#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/jwt.h"

namespace xdscope::rules {

void check_az002(const RuleContext& context, Reporter& report) {
  for (const JwtProvider& provider : jwt_providers(context)) {
    const JwksFallback fallback = fallback_of(provider.jwks);
    if (fallback.kind != JwksFallback::Kind::kPlaceholder) continue;
    report.add(
        {.object = fmt::format("JWT issuer {}", provider.issuer),
         .at = provider.source,
         .message = fmt::format(
             "istiod could not fetch the keys of {}{}: every token is refused", provider.issuer,
             fallback.uri.empty() ? std::string() : fmt::format(" from {}", fallback.uri)),
         .effect = {401, ""},
         .resource =
             KubernetesResource{"RequestAuthentication", std::string(context.node().namespace_), "",
                                "spec.jwtRules[].jwksUri"}});
  }
}

}  // namespace xdscope::rules
