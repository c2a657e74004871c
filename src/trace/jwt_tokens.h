// Where a provider looks for tokens, and what a good one does to the request
// (envoy: source/extensions/filters/http/jwt_authn/extractor.cc, authenticator.cc).
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

#include "trace/request.h"
#include "xdscope/json.h"

namespace xdscope::trace {

struct JwtPlace {
  enum class Kind { kHeader, kParameter, kCookie };
  Kind kind = Kind::kHeader;
  std::string name;
  std::string prefix;  // before the token in a header
  friend auto operator<=>(const JwtPlace&, const JwtPlace&) = default;
};
struct FoundToken {
  JwtPlace place;
  std::string token;
};

// Tokens at the places of a JwtProvider; without places, in Authorization and ?access_token.
std::vector<FoundToken> find_tokens(json::Value provider, const HttpRequest& request);
// Out of the headers or the query; cookies stay.
void take_token_away(const JwtPlace& place, HttpRequest& request);
// JwtProvider.claim_to_headers: adds the claim (a path, by dots) of a payload, if it is there.
void add_claim(const std::string& payload, std::string_view claim, std::string_view header,
               HttpRequest& request);

}  // namespace xdscope::trace
