// What a rule has to say about a proxy's configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xdscope/index.h"

namespace xdscope {

enum class Severity { kInfo, kWarning, kError };
std::string_view severity_name(Severity severity);              // "info", "warning", "error"
std::optional<Severity> parse_severity(std::string_view text);  // "warn" is "warning"

// What happens to traffic: the reply's code and Envoy's response flag. 0 and "" where there is
// none.
struct Effect {
  std::uint32_t code = 0;
  std::string flags = {};
  explicit operator bool() const { return code != 0 || !flags.empty(); }
};

// The Kubernetes resource behind a finding and the field to change there.
struct KubernetesResource {
  std::string kind = {};
  std::string namespace_ = {};
  std::string name = {};
  std::string field = {};  // "spec.hosts"
  explicit operator bool() const { return !kind.empty(); }
};
// "Gateway istio-ingress/public"; "" for none.
std::string to_string(const KubernetesResource& resource);

// One defect, once: findings own their strings and outlive the snapshot.
struct Finding {
  std::string rule;  // "RT001"
  std::string name;  // "gateway-blackhole-vhost"
  Severity severity = Severity::kInfo;
  std::string message;  // one sentence
  Effect effect;
  std::string object;  // "virtual host blackhole:8080 in route configuration http.8080"
  Evidence evidence;   // in the first proxy's dump
  std::optional<KubernetesResource> resource;
  std::string remediation;
  // Hash of the rule's id and the object's identity: stable under reordering, new version numbers,
  // new pods, and new wording of the message.
  std::string fingerprint;
  std::vector<std::string> proxies;  // by Snapshot::name()
};

}  // namespace xdscope
