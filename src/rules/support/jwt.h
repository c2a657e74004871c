// JWT authentication as rules see it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/context.h"

namespace xdscope::rules {

struct JwtProvider {
  std::string_view issuer;  // the provider's name where it has none
  std::string_view jwks;    // local_jwks.inline_string
  const HttpUse* use = nullptr;
  const Extension* filter = nullptr;
  json::Value source;
};
std::vector<JwtProvider> jwt_providers(const RuleContext& context);

// What istiod sends instead of keys that it could not fetch
// (istio: pilot/pkg/model/jwks_resolver.go, FakeJwks and CreateFakeJwks).
struct JwksFallback {
  enum class Kind {
    kNone,
    kPublishedKey,  // 1.21 to 1.29.0: a key pair whose private half stands in the source
    kPlaceholder,   // a key that nobody has
  };
  Kind kind = Kind::kNone;
  std::string uri;  // what could not be fetched, where the placeholder tells
};
JwksFallback fallback_of(std::string_view jwks);

}  // namespace xdscope::rules
