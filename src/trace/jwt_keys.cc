#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "json/document.h"
#include "trace/jwt.h"

namespace xdscope::trace {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Deleter<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Deleter<OSSL_PARAM_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Deleter<EVP_PKEY_CTX_free>>;
using PublicKey = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>>;

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                          static_cast<int>(bytes.size()), nullptr));
}

PublicKey key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  return PublicKey(key);
}

PublicKey rsa_key(json::Value key) {
  const auto modulus = decode_base64url(key.at("n").text());
  const auto exponent = decode_base64url(key.at("e").text());
  if (!modulus || !exponent || modulus->empty() || exponent->empty()) return nullptr;
  const Number n = number_of(*modulus);
  const Number e = number_of(*exponent);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return nullptr;
  }
  return key_from("RSA", builder.get());
}

PublicKey ec_key(json::Value key) {
  const std::string_view curve = key.at("crv").text();
  const char* group = curve == "P-256"   ? "P-256"
                      : curve == "P-384" ? "P-384"
                      : curve == "P-521" ? "P-521"
                                         : nullptr;
  const std::size_t width = curve == "P-256" ? 32 : curve == "P-384" ? 48 : 66;
  auto x = decode_base64url(key.at("x").text());
  auto y = decode_base64url(key.at("y").text());
  if (group == nullptr || !x || !y || x->size() > width || y->size() > width) return nullptr;
  std::string point("\x04");
  point += std::string(width - x->size(), '\0') + *x + std::string(width - y->size(), '\0') + *y;
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return nullptr;
  }
  return key_from("EC", builder.get());
}

// A JWS writes an ECDSA signature as r and s side by side (RFC 7518 3.4); OpenSSL wants DER.
std::string der_signature(std::string_view raw) {
  if (raw.empty() || raw.size() % 2 != 0) return {};
  const EcSignature signature(ECDSA_SIG_new());
  Number r = number_of(raw.substr(0, raw.size() / 2));
  Number s = number_of(raw.substr(raw.size() / 2));
  if (!signature || !r || !s) return {};
  // Takes both numbers, and refuses only where one is missing.
  if (ECDSA_SIG_set0(signature.get(), r.release(), s.release()) != 1) return {};
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return out;
}

bool verify_signature(EVP_PKEY* key, const Jwt& token) {
  const std::string_view bits = std::string_view(token.algorithm).substr(2);
  const EVP_MD* digest = bits == "256" ? EVP_sha256() : bits == "384" ? EVP_sha384() : EVP_sha512();
  const bool ec = token.algorithm.starts_with("ES");
  const std::string signature = ec ? der_signature(token.signature) : token.signature;
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  if (!context || signature.empty() ||
      EVP_DigestVerifyInit(context.get(), &key_context, digest, nullptr, key) != 1) {
    return false;
  }
  if (token.algorithm.starts_with("PS") &&
      EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) != 1) {
    return false;
  }
  return EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(),
                          reinterpret_cast<const unsigned char*>(token.signed_part.data()),
                          token.signed_part.size()) == 1;
}

}  // namespace

struct JwtKeys::Key {
  std::string type;  // kty
  std::string id;
  std::string algorithm;
  PublicKey key;  // nullptr for types that are not evaluated
};

JwtKeys::JwtKeys(std::string_view jwks) {
  const auto document = json::Document::parse(Buffer(jwks), "jwks");
  if (!document || (*document)->roots().empty()) return;
  for (const json::Value entry : (*document)->roots().front().at("keys").elements()) {
    auto key = std::make_unique<Key>();
    key->type = entry.at("kty").text();
    key->id = entry.at("kid").text();
    key->algorithm = entry.at("alg").text();
    if (key->type == "RSA") key->key = rsa_key(entry);
    if (key->type == "EC") key->key = ec_key(entry);
    // Keys that cannot be read are left out, as Envoy does.
    if ((key->type == "RSA" || key->type == "EC") && !key->key) continue;
    keys_.push_back(std::move(key));
  }
}
JwtKeys::~JwtKeys() = default;
JwtKeys::JwtKeys(JwtKeys&&) noexcept = default;

// Envoy: verifyJwtWithoutTimeChecking.
JwtStatus JwtKeys::verify(const Jwt& token) const {
  if (keys_.empty()) return JwtStatus::kNoValidKeys;
  bool candidate = false;
  bool not_evaluated = false;
  for (const auto& key : keys_) {
    if (!token.key_id.empty() && !key->id.empty() && key->id != token.key_id) continue;
    if (!key->algorithm.empty() && key->algorithm != token.algorithm) continue;
    candidate = true;
    const bool rsa = token.algorithm.starts_with("RS") || token.algorithm.starts_with("PS");
    const bool ec = token.algorithm.starts_with("ES");
    if (!rsa && !ec) {
      not_evaluated = key->type == "oct" || key->type == "OKP";
      continue;
    }
    if (key->type != (rsa ? "RSA" : "EC")) continue;
    if (verify_signature(key->key.get(), token)) return JwtStatus::kOk;
  }
  if (not_evaluated) return JwtStatus::kUnknown;
  return candidate ? JwtStatus::kVerificationFail : JwtStatus::kKidAlgMismatch;
}

}  // namespace xdscope::trace
