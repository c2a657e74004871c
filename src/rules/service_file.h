// Kubernetes Services, from their manifests: which ports lead to a gateway.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "xdscope/error.h"

namespace xdscope::rules {

struct ServicePorts {
  std::vector<std::string> ports;  // "443:8443", "443:https": port and targetPort
  std::vector<std::string> named;  // those of them whose targetPort is a name
};

// The TCP ports of every Service in a manifest: one, several documents, or a List. `name` is the
// file, for messages. Fails where it holds no Service.
Result<ServicePorts> read_service_ports(std::string_view yaml, const std::string& name);

}  // namespace xdscope::rules
