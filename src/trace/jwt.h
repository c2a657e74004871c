// JSON Web Tokens as Envoy checks them (jwt_verify_lib): the form, the claims, the signature.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/json.h"

namespace xdscope::trace {

// jwt_verify_lib's Status: the text is what Envoy puts into the response and its details.
enum class JwtStatus {
  kOk,
  kMissed,
  kBadFormat,
  kHeaderBadBase64,
  kHeaderBadJson,
  kHeaderBadAlg,
  kHeaderNotImplementedAlg,
  kHeaderBadKid,
  kPayloadBadBase64,
  kPayloadBadJson,
  kPayloadIssNotString,
  kPayloadSubNotString,
  kPayloadIatNotInteger,
  kPayloadNbfNotInteger,
  kPayloadExpNotInteger,
  kPayloadJtiNotString,
  kPayloadAudNotStringList,
  kSignatureBadBase64,
  kUnknownIssuer,
  kAudienceNotAllowed,
  kNotYetValid,
  kExpired,
  kVerificationFail,
  kKidAlgMismatch,
  kNoValidKeys,
  kUnknown,  // not Envoy's: the dump cannot tell
};
std::string_view jwt_status_text(JwtStatus status);

class Jwt {
 public:
  // kOk, or what is wrong with its form; the rest of the token is then not to be used.
  JwtStatus parse(std::string_view token);

  std::string algorithm;
  std::string key_id;
  std::string issuer;
  std::string subject;
  std::vector<std::string> audiences;
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> expires;
  std::string header;   // JSON text
  std::string payload;  // JSON text
  std::string signed_part;
  std::string signature;

  // The payload as it stands in the token.
  std::string_view encoded_payload() const;
  // `now` and `skew` in seconds.
  JwtStatus check_time(std::int64_t now, std::int64_t skew) const;

 private:
  JwtStatus parse_header(std::string_view encoded);
  JwtStatus parse_payload(std::string_view encoded);
};

// The keys of a JWKS document (RFC 7517).
class JwtKeys {
 public:
  explicit JwtKeys(std::string_view jwks);
  ~JwtKeys();
  JwtKeys(JwtKeys&&) noexcept;

  bool empty() const { return keys_.empty(); }
  // kOk, kVerificationFail or kKidAlgMismatch; kUnknown for algorithms that are not evaluated.
  JwtStatus verify(const Jwt& token) const;

 private:
  struct Key;
  std::vector<std::unique_ptr<Key>> keys_;
};

// base64url without padding (RFC 4648 5); nothing where it is none.
std::optional<std::string> decode_base64url(std::string_view text);

}  // namespace xdscope::trace
