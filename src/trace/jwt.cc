#include "trace/jwt.h"

#include <algorithm>
#include <array>

#include "json/document.h"

namespace xdscope::trace {
namespace {

using JsonDocument = std::unique_ptr<json::Document>;

// The document where the text is one JSON object.
JsonDocument parse_object(std::string_view text) {
  auto document = json::Document::parse(Buffer(text), "jwt");
  if (!document || (*document)->roots().size() != 1 || !(*document)->roots().front().is_object()) {
    return nullptr;
  }
  return std::move(*document);
}

constexpr std::array kAlgorithms =
    std::to_array<std::string_view>({"ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "RS256",
                                     "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"});

// An absent claim is fine; one of the wrong type is not.
bool read_string(json::Value object, std::string_view key, std::string& out) {
  const json::Value value = object.at(key);
  if (value.type() == json::Type::kAbsent) return true;
  const auto text = value.string();
  if (text) out = *text;
  return text.has_value();
}

bool read_integer(json::Value object, std::string_view key, std::optional<std::int64_t>& out) {
  const json::Value value = object.at(key);
  if (value.type() == json::Type::kAbsent) return true;
  if (value.type() != json::Type::kNumber) return false;
  const auto number = value.number();
  if (!number || *number < 0 || *number > 9.2e18) return false;
  out = static_cast<std::int64_t>(*number);
  return true;
}

}  // namespace

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int count = 0;
  while (text.ends_with('=')) text.remove_suffix(1);
  if (text.size() % 4 == 1) return {};
  for (const char c : text) {
    std::uint32_t value = 0;
    if (c >= 'A' && c <= 'Z')
      value = static_cast<std::uint32_t>(c - 'A');
    else if (c >= 'a' && c <= 'z')
      value = static_cast<std::uint32_t>(c - 'a' + 26);
    else if (c >= '0' && c <= '9')
      value = static_cast<std::uint32_t>(c - '0' + 52);
    else if (c == '-')
      value = 62;
    else if (c == '_')
      value = 63;
    else
      return {};
    bits = bits << 6 | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xff);
    }
  }
  return out;
}

std::string_view jwt_status_text(JwtStatus status) {
  switch (status) {
    case JwtStatus::kOk:
      return "OK";
    case JwtStatus::kMissed:
      return "Jwt is missing";
    case JwtStatus::kBadFormat:
      return "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections";
    case JwtStatus::kHeaderBadBase64:
      return "Jwt header is an invalid Base64url encoded";
    case JwtStatus::kHeaderBadJson:
      return "Jwt header is an invalid JSON";
    case JwtStatus::kHeaderBadAlg:
      return "Jwt header [alg] field is required and must be a string";
    case JwtStatus::kHeaderNotImplementedAlg:
      return "Jwt header [alg] is not supported";
    case JwtStatus::kHeaderBadKid:
      return "Jwt header [kid] field is not a string";
    case JwtStatus::kPayloadBadBase64:
      return "Jwt payload is an invalid Base64url encoded";
    case JwtStatus::kPayloadBadJson:
      return "Jwt payload is an invalid JSON";
    case JwtStatus::kPayloadIssNotString:
      return "Jwt payload [iss] field is not a string";
    case JwtStatus::kPayloadSubNotString:
      return "Jwt payload [sub] field is not a string";
    case JwtStatus::kPayloadIatNotInteger:
      return "Jwt payload [iat] field is not an integer or out of range";
    case JwtStatus::kPayloadNbfNotInteger:
      return "Jwt payload [nbf] field is not an integer or out of range";
    case JwtStatus::kPayloadExpNotInteger:
      return "Jwt payload [exp] field is not an integer or out of range";
    case JwtStatus::kPayloadJtiNotString:
      return "Jwt payload [jti] field is not a string";
    case JwtStatus::kPayloadAudNotStringList:
      return "Jwt payload [aud] field is not a string or string list";
    case JwtStatus::kSignatureBadBase64:
      return "Jwt signature is an invalid Base64url encoded";
    case JwtStatus::kUnknownIssuer:
      return "Jwt issuer is not configured";
    case JwtStatus::kAudienceNotAllowed:
      return "Audiences in Jwt are not allowed";
    case JwtStatus::kNotYetValid:
      return "Jwt not yet valid";
    case JwtStatus::kExpired:
      return "Jwt is expired";
    case JwtStatus::kVerificationFail:
      return "Jwt verification fails";
    case JwtStatus::kKidAlgMismatch:
      return "Jwks doesn't have key to match kid or alg from Jwt";
    case JwtStatus::kNoValidKeys:
      return "Jwks doesn't have any valid public key";
    case JwtStatus::kUnknown:
      break;
  }
  return "not known";
}

JwtStatus Jwt::parse(std::string_view token) {
  const auto first = token.find('.');
  const auto second = first == token.npos ? token.npos : token.find('.', first + 1);
  // Empty parts do not count as parts (jwt_verify_lib splits with SkipEmpty).
  if (second == token.npos || token.find('.', second + 1) != token.npos || first == 0 ||
      second == first + 1 || second + 1 == token.size()) {
    return JwtStatus::kBadFormat;
  }
  signed_part = token.substr(0, second);
  if (const auto status = parse_header(token.substr(0, first)); status != JwtStatus::kOk) {
    return status;
  }
  if (const auto status = parse_payload(token.substr(first + 1, second - first - 1));
      status != JwtStatus::kOk) {
    return status;
  }
  auto decoded = decode_base64url(token.substr(second + 1));
  if (!decoded || decoded->empty()) return JwtStatus::kSignatureBadBase64;
  signature = std::move(*decoded);
  return JwtStatus::kOk;
}

JwtStatus Jwt::parse_header(std::string_view encoded) {
  auto text = decode_base64url(encoded);
  if (!text) return JwtStatus::kHeaderBadBase64;
  const JsonDocument document = parse_object(*text);
  if (!document) return JwtStatus::kHeaderBadJson;
  const json::Value header_object = document->roots().front();
  const auto given = header_object.at("alg").string();
  if (!given) return JwtStatus::kHeaderBadAlg;
  algorithm = *given;
  if (std::find(kAlgorithms.begin(), kAlgorithms.end(), algorithm) == kAlgorithms.end()) {
    return JwtStatus::kHeaderNotImplementedAlg;
  }
  if (!read_string(header_object, "kid", key_id)) return JwtStatus::kHeaderBadKid;
  header = std::move(*text);
  return JwtStatus::kOk;
}

JwtStatus Jwt::parse_payload(std::string_view encoded) {
  auto text = decode_base64url(encoded);
  if (!text) return JwtStatus::kPayloadBadBase64;
  const JsonDocument document = parse_object(*text);
  if (!document) return JwtStatus::kPayloadBadJson;
  const json::Value claims = document->roots().front();
  std::optional<std::int64_t> issued_at;
  std::string id;
  if (!read_string(claims, "iss", issuer)) return JwtStatus::kPayloadIssNotString;
  if (!read_string(claims, "sub", subject)) return JwtStatus::kPayloadSubNotString;
  if (!read_integer(claims, "iat", issued_at)) return JwtStatus::kPayloadIatNotInteger;
  if (!read_integer(claims, "nbf", not_before)) return JwtStatus::kPayloadNbfNotInteger;
  if (!read_integer(claims, "exp", expires)) return JwtStatus::kPayloadExpNotInteger;
  if (!read_string(claims, "jti", id)) return JwtStatus::kPayloadJtiNotString;
  const json::Value audience = claims.at("aud");
  if (audience.is_string()) {
    audiences.emplace_back(audience.text());
  } else if (audience.is_array()) {
    for (const json::Value one : audience.elements()) {
      if (!one.is_string()) return JwtStatus::kPayloadAudNotStringList;
      audiences.emplace_back(one.text());
    }
  } else if (audience.type() != json::Type::kAbsent) {
    return JwtStatus::kPayloadAudNotStringList;
  }
  payload = std::move(*text);
  return JwtStatus::kOk;
}

std::string_view Jwt::encoded_payload() const {
  return std::string_view(signed_part).substr(signed_part.find('.') + 1);
}

JwtStatus Jwt::check_time(std::int64_t now, std::int64_t skew) const {
  if (not_before && *not_before != 0 && *not_before - skew > now) return JwtStatus::kNotYetValid;
  if (expires && *expires != 0 && *expires < now - skew) return JwtStatus::kExpired;
  return JwtStatus::kOk;
}

}  // namespace xdscope::trace
