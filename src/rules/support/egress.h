// What a sidecar does with outbound traffic to destinations that the mesh does not know.
#pragma once

#include <string_view>

#include "rules/context.h"

namespace xdscope::rules {

struct Egress {
  enum class Mode {
    kUnknown,       // the dump does not have the parts that decide
    kAllowAny,      // PassthroughCluster, AllowAnyDynamicDNSCluster
    kRegistryOnly,  // BlackHoleCluster, virtual host block_all
    kProxy,         // a Sidecar resource's egressProxy
  };
  Mode mode = Mode::kUnknown;
  std::string_view cluster;  // where it goes
  json::Value at;
};

// Decided by what refers to these clusters: they exist in every sidecar
// (istio: pilot/pkg/networking/core/listener.go, buildCatchAllFilterChain). One open way is enough
// for kAllowAny.
Egress outbound_mode(const RuleContext& context);

}  // namespace xdscope::rules
