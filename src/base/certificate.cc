#include "base/certificate.h"

#include <array>
#include <climits>
#include <ctime>
#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace xdscope {
namespace {

template <auto Free>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using X509Holder = std::unique_ptr<X509, Deleter<X509_free>>;
using Number = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;

std::int64_t seconds_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return 0;
  return timegm(&parts);
}

std::string serial_of(const X509* certificate) {
  const Number number(ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
  if (!number) return {};
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(number.get())));
  BN_bn2bin(number.get(), bytes.data());
  std::string hex;
  for (const unsigned char byte : bytes) hex += fmt::format("{:02x}", byte);
  // Go prints the number, not its bytes: no leading zero beyond the padding.
  hex.erase(0, std::min(hex.find_first_not_of('0'), hex.size()));
  // The sign of a negative one, which no authority should give, counts among the 32.
  return BN_is_negative(number.get()) == 1 ? fmt::format("-{:0>31}", hex)
                                           : fmt::format("{:0>32}", hex);
}

void read_names(const X509* certificate, Certificate& out) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI && name->type != GEN_DNS) continue;
    const ASN1_STRING* text =
        name->type == GEN_URI ? name->d.uniformResourceIdentifier : name->d.dNSName;
    std::string value(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                      static_cast<std::size_t>(ASN1_STRING_length(text)));
    (name->type == GEN_URI ? out.uris : out.dns_names).push_back(std::move(value));
  }
}

}  // namespace

Result<Certificate> parse_certificate(std::string_view pem) {
  if (pem.size() > INT_MAX) return fail(ErrorCode::kInput, "the certificate is too large");
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const X509Holder certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return fail(ErrorCode::kInput, "not a PEM certificate");
  Certificate out;
  out.is_ca = (X509_get_extension_flags(certificate.get()) & EXFLAG_CA) != 0;
  out.serial = serial_of(certificate.get());
  out.not_before = seconds_of(X509_get0_notBefore(certificate.get()));
  out.not_after = seconds_of(X509_get0_notAfter(certificate.get()));
  read_names(certificate.get(), out);
  return out;
}

Result<std::string> decode_base64(std::string_view text) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static constexpr unsigned char kNone = 0xFF;
  static constexpr auto kValues = [] {
    std::array<unsigned char, 256> values{};
    values.fill(kNone);
    for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
      values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<unsigned char>(i);
    }
    // The URL-safe alphabet is read as well, as the proto3 JSON mapping asks.
    values['-'] = 62;
    values['_'] = 63;
    return values;
  }();
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  out.reserve(text.size() * 3 / 4);
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    const unsigned value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return fail(ErrorCode::kInput, "not base64");
    bits = (bits << 6 | value) & 0xFFFFFF;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 0xFF);
    }
  }
  return out;
}

}  // namespace xdscope
