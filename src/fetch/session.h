// One proxy's admin port, however it is reached, for as long as it is asked.
#pragma once

#include <optional>
#include <string>

#include "fetch/admin_client.h"
#include "fetch/kubectl.h"
#include "fetch/pods.h"
#include "xdscope/error.h"

namespace xdscope::fetch {

class Session {
 public:
  static Session to_address(AdminAddress address, Limits limits);
  // Through a port-forward; where that is not allowed or does not work, through Istio's own
  // `pilot-agent request` in the pod.
  static Result<Session> to_pod(const Kubectl& kubectl, const Pod& pod, Limits limits);

  Result<Buffer> ask(Method method, const std::string& path, Expect expect);

  // How the answers came: "admin port", "port-forward", "exec".
  const char* way() const;

 private:
  explicit Session(Limits limits) : limits_(limits) {}
  Result<Buffer> ask_by_exec(Method method, const std::string& path, Expect expect);
  Error explain(Error error, const std::string& path) const;
  bool can_exec() const { return pod_ && pod_->has_pilot_agent; }

  Limits limits_;
  AdminAddress address_;
  std::optional<Child> forward_;
  std::optional<Kubectl> kubectl_;
  std::optional<Pod> pod_;
  // Why there is no port-forward.
  std::optional<Error> no_forward_;
};

}  // namespace xdscope::fetch
