#include "fetch/redact.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "json/document.h"
#include "json/json_writer.h"
#include "json/proto_fields.h"
#include "json/proto_json.h"
#include "json/text_sink.h"

namespace xdscope::fetch {
namespace {

constexpr std::string_view kMark = "[redacted]";
constexpr std::string_view kMarkBase64 = "W3JlZGFjdGVkXQ==";

// Node metadata that Istio's agent sets by itself (istio.io/istio, pkg/model: NodeMetadata) and
// that says what proxy this is. All else may be any ISTIO_META_ variable of the container.
constexpr auto kIstioMetadata = std::to_array<std::string_view>({"APP_CONTAINERS",
                                                                 "CLUSTER_ID",
                                                                 "ENVOY_PROMETHEUS_PORT",
                                                                 "ENVOY_STATUS_PORT",
                                                                 "GENERATOR",
                                                                 "HTTP10",
                                                                 "INSTANCE_IPS",
                                                                 "INTERCEPTION_MODE",
                                                                 "ISTIO_PROXY_SHA",
                                                                 "ISTIO_VERSION",
                                                                 "LABELS",
                                                                 "MESH_ID",
                                                                 "NAME",
                                                                 "NAMESPACE",
                                                                 "NETWORK",
                                                                 "NODE_NAME",
                                                                 "OWNER",
                                                                 "PILOT_SAN",
                                                                 "PLATFORM_METADATA",
                                                                 "POD_PORTS",
                                                                 "PROV_CERT",
                                                                 "PROXY_CONFIG",
                                                                 "SERVICE_ACCOUNT",
                                                                 "UNPRIVILEGED_POD",
                                                                 "WORKLOAD_NAME"});

// Field names without "_" and in lower case.
constexpr auto kCredentialFields = std::to_array<std::string_view>(
    {"accesstoken", "apikey", "authtoken", "bearertoken", "clientsecret", "hmacsecret",
     "inlinetoken", "password", "secretaccesskey", "sessiontoken", "token", "tokensecret"});
constexpr auto kCertificateFields = std::to_array<std::string_view>(
    {"cacertificate", "certchain", "certificatechain", "crl", "ocspstaple", "pkcs12", "rootcert",
     "rootcerts", "trustbundle", "trustedca"});

std::string plain(std::string_view name) {
  std::string result = to_lower(name);
  std::erase(result, '_');
  return result;
}

bool is_one_of(const auto& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool is_credential_header(std::string_view name) {
  const std::string lower = to_lower(name);
  const auto has = [&](std::string_view part) { return lower.find(part) != std::string::npos; };
  return has("authorization") || has("cookie") || has("token") || has("secret") ||
         has("password") || has("api-key") || has("apikey");
}

bool holds_certificate(std::string_view text) {
  // The second is the first in base64.
  return text.find("-----BEGIN ") != std::string_view::npos ||
         text.find("LS0tLS1CRUdJTi") != std::string_view::npos;
}

// Passes everything on but the values to take out. What stands below a Struct or an unknown message
// is treated as all else: by its names.
class Redactor : public json::Writer {
 public:
  Redactor(json::Writer& out, Redactions& redactions) : out_(out), redactions_(redactions) {}

  void begin_object() override {
    push();
    out_.begin_object();
  }
  void end_object() override {
    stack_.pop_back();
    out_.end_object();
  }
  void begin_array() override {
    push();
    stack_.back().is_array = true;
    out_.begin_array();
  }
  void end_array() override {
    stack_.pop_back();
    out_.end_array();
  }
  void key(std::string_view name) override {
    key_ = name;
    out_.key(name);
  }
  void string(std::string_view text) override {
    const Frame value = frame_of_value();
    if (text == kMark || text == kMarkBase64) {
      ++redactions_[value.label.empty() ? value.key : value.label];
    } else if (!text.empty() && (value.kind == Kind::kRedacted || is_body(value, text))) {
      ++redactions_[value.label.empty() ? value.key : value.label];
      text = kMark;
    } else if (names_header()) {
      stack_.back().in_credential = is_credential_header(text);
    }
    out_.string(text);
  }
  void raw(std::string_view scalar) override {
    const Frame value = frame_of_value();
    if (value.kind == Kind::kRedacted && scalar != "null") {
      ++redactions_[value.label.empty() ? value.key : value.label];
      scalar = "null";
    }
    out_.raw(scalar);
  }

 private:
  enum class Kind { kPlain, kNode, kNodeMetadata, kProxyConfig, kCertificate, kRedacted };
  struct Frame {
    Kind kind = Kind::kPlain;
    std::string key;
    std::string label;  // what the report calls it; the key where empty
    bool is_array = false;
    bool in_credential = false;  // the object is a header or another pair with such a name
  };

  // HeaderValue has a key, HeaderMatcher, which stands in a list of headers, a name.
  bool names_header() const {
    if (stack_.empty() || stack_.back().is_array) return false;
    return key_ == "key" || (key_ == "name" && stack_.back().key == "headers");
  }

  void push() { stack_.push_back(frame_of_value()); }

  Frame frame_of_value() const {
    if (stack_.empty()) return {};
    const Frame& parent = stack_.back();
    // An array's elements are what the array is.
    if (parent.is_array) return {parent.kind, parent.key, parent.label, false, false};
    return {kind_below(parent), key_, label_below(parent), false, false};
  }

  Kind kind_below(const Frame& parent) const {
    if (parent.kind == Kind::kRedacted) return Kind::kRedacted;
    const std::string name = plain(key_);
    if (parent.kind == Kind::kNode && key_ == "metadata") return Kind::kNodeMetadata;
    if (parent.kind == Kind::kNodeMetadata) {
      if (!is_one_of(kIstioMetadata, key_)) return Kind::kRedacted;
      return key_ == "PROXY_CONFIG" ? Kind::kProxyConfig : Kind::kPlain;
    }
    if (parent.kind == Kind::kProxyConfig && name == "proxymetadata") return Kind::kRedacted;
    if (parent.in_credential && key_ != "key" && key_ != "name" && key_ != "@type") {
      return Kind::kRedacted;
    }
    if (is_one_of(kCredentialFields, name)) return Kind::kRedacted;
    if (is_one_of(kCertificateFields, name) || parent.kind == Kind::kCertificate) {
      return Kind::kCertificate;
    }
    return key_ == "node" ? Kind::kNode : Kind::kPlain;
  }

  std::string label_below(const Frame& parent) const {
    if (!parent.label.empty()) return parent.label;
    if (parent.kind == Kind::kNodeMetadata && !is_one_of(kIstioMetadata, key_))
      return "node.metadata";
    if (parent.kind == Kind::kProxyConfig && plain(key_) == "proxymetadata") {
      return "node.metadata.PROXY_CONFIG.proxyMetadata";
    }
    if (parent.kind == Kind::kCertificate || (key_.starts_with("inline") && !parent.key.empty())) {
      return parent.key;
    }
    return parent.in_credential ? "headers with credentials" : "";
  }

  static bool is_body(const Frame& value, std::string_view text) {
    const std::string name = plain(value.key);
    const bool is_inline = name == "inlinestring" || name == "inlinebytes";
    return (value.kind == Kind::kCertificate && is_inline) || holds_certificate(text);
  }

  json::Writer& out_;
  Redactions& redactions_;
  std::string key_;
  std::vector<Frame> stack_;
};

}  // namespace

Result<Buffer> redact(Buffer reply, const std::string& name, Redactions& redactions) {
  XDSCOPE_TRY_ASSIGN(const auto document, json::Document::parse(std::move(reply), name));
  json::TextSink sink;
  json::JsonWriter writer(sink, {.indent = 1});
  Redactor redactor(writer, redactions);
  for (const json::Value root : document->roots()) {
    json::write_proto_json(root, redactor, {.keep_type = true, .keep_names = true});
  }
  return Buffer(sink.text());
}

}  // namespace xdscope::fetch
