#include "rules/support/jwt.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/certificate.h"
#include "rules/support/filters.h"

namespace xdscope::rules {
namespace {

// The old placeholder's modulus is the address, in base64url.
std::string uri_in(std::string modulus) {
  constexpr std::string_view kMark = "Error-IstiodFailedToFetchJwksUri-";
  std::replace(modulus.begin(), modulus.end(), '-', '+');
  std::replace(modulus.begin(), modulus.end(), '_', '/');
  const auto decoded = decode_base64(modulus);
  if (!decoded || !decoded->starts_with(kMark)) return {};
  return decoded->substr(kMark.size());
}

}  // namespace

std::vector<JwtProvider> jwt_providers(const RuleContext& context) {
  std::vector<JwtProvider> providers;
  for (const HttpUse* use : context.http_uses()) {
    for (const Extension* filter : http_filters(*use, "JwtAuthentication")) {
      for (const json::Member member : filter->config["providers"].members()) {
        const std::string_view issuer = member.value["issuer"].string_or(member.key);
        providers.push_back({issuer, member.value["local_jwks"]["inline_string"].text(), use,
                             filter, member.value});
      }
    }
  }
  return providers;
}

JwksFallback fallback_of(std::string_view jwks) {
  if (jwks.empty()) return {};
  const auto json = nlohmann::json::parse(jwks, nullptr, false);
  if (!json.is_object() || !json.contains("keys") || !json["keys"].is_array()) return {};
  for (const auto& key : json["keys"]) {
    if (!key.is_object() || !key.contains("n") || !key["n"].is_string()) continue;
    const std::string modulus = key["n"].get<std::string>();
    if (modulus.starts_with("vqS7RN4b34i3_5Yy")) return {JwksFallback::Kind::kPublishedKey, {}};
    if (modulus.starts_with("0xObjM0UvS_oaazj")) return {JwksFallback::Kind::kPlaceholder, {}};
    if (modulus.starts_with("Error-IstiodFailedToFetchJwksUri-")) {
      return {JwksFallback::Kind::kPlaceholder, modulus.substr(33)};
    }
    if (std::string uri = uri_in(modulus); !uri.empty()) {
      return {JwksFallback::Kind::kPlaceholder, std::move(uri)};
    }
  }
  return {};
}

}  // namespace xdscope::rules
