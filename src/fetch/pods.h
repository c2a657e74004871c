// The pods behind what a user names, and what of them can be asked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fetch/admin_client.h"
#include "fetch/kubectl.h"
#include "fetch/target.h"
#include "xdscope/error.h"
#include "xdscope/json.h"

namespace xdscope::fetch {

// A pod with an Envoy that has an admin port.
struct Pod {
  std::string name;
  std::string namespace_;
  std::string container;  // the proxy's
  int admin_port = 0;
  bool has_pilot_agent = false;  // Istio's proxy: it can ask the admin port from within
  std::string not_ready;         // why it may not answer; "" where nothing speaks against it

  std::string text() const { return name + "." + namespace_; }
};

// How pods are found and reached. `admin_port` is what the user gave; nothing for each proxy's own.
struct PodOptions {
  std::optional<int> admin_port;
  std::string selector;
  bool all_namespaces = false;
};

// The pod that a name, or an object with a selector, stands for: of several the one that
// `kubectl logs` would take.
Result<Pod> find_pod(const Kubectl& kubectl, const Target& target, const PodOptions& options,
                     const Limits& limits);

struct FoundPods {
  std::vector<Pod> pods;
  std::vector<Error> failed;      // pods whose proxy should run and does not
  std::size_t without_proxy = 0;  // … and those of jobs that have ended
};

// Every pod of the options' selector and namespace that has a proxy, in the order of names.
Result<FoundPods> find_pods(const Kubectl& kubectl, const PodOptions& options,
                            const Limits& limits);

// A pod from its JSON: an error where it has no proxy or does not run.
Result<Pod> read_pod(json::Value pod, const PodOptions& options);
// Whether `kubectl logs` prefers the first pod (k8s.io/kubectl, podutils.ByLogging).
bool is_preferred(json::Value first, json::Value second);

}  // namespace xdscope::fetch
