// What a user names: [TYPE/]NAME[.NAMESPACE].
#pragma once

#include <string>
#include <string_view>

#include "xdscope/error.h"

namespace xdscope::fetch {

struct Target {
  std::string type;  // as typed: "deploy", "svc", "deployments.apps"; "" for a pod
  std::string name;
  std::string namespace_;  // "" for the context's own

  // deploy/gateway.ingress: for messages.
  std::string text() const;
};

// istioctl's rule: the namespace follows the last dot, where there is a slash the last dot after
// it; without one it is `default_namespace`. Refuses what could be taken for an option.
Result<Target> parse_target(std::string_view text, std::string_view default_namespace);

// Whether the text can be the name of a Kubernetes object or type: nothing in it is an option, a
// path or a separator.
bool is_object_name(std::string_view text);

}  // namespace xdscope::fetch
