#include <fmt/format.h>

#include "rules/rule.h"
#include "rules/support/jwt.h"

namespace xdscope::rules {

void check_az001(const RuleContext& context, Reporter& report) {
  for (const JwtProvider& provider : jwt_providers(context)) {
    if (fallback_of(provider.jwks).kind != JwksFallback::Kind::kPublishedKey) continue;
    report.add({.object = fmt::format("JWT issuer {}", provider.issuer),
                .at = provider.source,
                .message = fmt::format("Tokens of {} are checked against a fallback key of istiod "
                                       "whose private half is public: anyone can forge them",
                                       provider.issuer),
                .resource = KubernetesResource{"RequestAuthentication",
                                               std::string(context.node().namespace_), "",
                                               "spec.jwtRules[].jwksUri"}});
  }
}

}  // namespace xdscope::rules
