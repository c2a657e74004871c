#include "fetch/session.h"

#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"

namespace xdscope::fetch {
namespace {

// What kubectl port-forward says on standard error when the pod's side fails, for example:
// "an error occurred forwarding 40123 -> 15000: error forwarding port 15000 to pod …: exit status
// 1: … connect(5, AF=2 127.0.0.1:15000, 16): Connection refused"
bool is_refused_in_pod(const std::string& errors) {
  return errors.find("onnection refused") != std::string::npos;
}

}  // namespace

Session Session::to_address(AdminAddress address, Limits limits) {
  Session session(limits);
  session.address_ = std::move(address);
  return session;
}

Result<Session> Session::to_pod(const Kubectl& kubectl, const Pod& pod, Limits limits) {
  Session session(limits);
  session.kubectl_ = kubectl;
  session.pod_ = pod;
  auto forward =
      kubectl.port_forward(pod.name, pod.namespace_, pod.admin_port, limits, session.address_.port);
  if (forward) {
    session.address_.host = "127.0.0.1";
    session.forward_ = std::move(*forward);
    return session;
  }
  if (!session.can_exec()) return std::unexpected(forward.error());
  session.no_forward_ = std::move(forward.error());
  return session;
}

const char* Session::way() const {
  if (!pod_) return "admin port";
  return forward_ ? "port-forward" : "exec";
}

Result<Buffer> Session::ask(Method method, const std::string& path, Expect expect) {
  if (no_forward_) return ask_by_exec(method, path, expect);
  auto reply = request(address_, method, path, expect, limits_);
  if (reply || !pod_) return reply;
  return std::unexpected(explain(std::move(reply.error()), path));
}

Error Session::explain(Error error, const std::string& path) const {
  // kubectl says why a connection ended, but not always before it ends.
  for (int i = 0; forward_ && i < 20 && forward_->errors().empty(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  error.where = fmt::format("pod {}, port {}, {}", pod_->text(), pod_->admin_port, path);
  const std::string errors = forward_ ? forward_->errors() : "";
  if (is_refused_in_pod(errors)) {
    error.message = fmt::format("nothing listens on port {} in the pod", pod_->admin_port);
    error.hint =
        "give the proxy's admin port with --proxy-admin-port; a proxy that has just started "
        "or crashed has none";
  } else if (errors.find("lost connection to pod") != std::string::npos) {
    error.message = "kubectl port-forward lost its connection to the pod: " + error.message;
    error.hint = "the pod may have ended; try again";
  }
  if (!pod_->not_ready.empty()) error.message += fmt::format(" ({})", pod_->not_ready);
  return error;
}

Result<Buffer> Session::ask_by_exec(Method method, const std::string& path, Expect expect) {
  const std::string where = fmt::format("pod {}, {}", pod_->text(), path);
  std::vector<std::string> command{"pilot-agent", "request"};
  if (pod_->admin_port != 15000)
    command.emplace_back(fmt::format("--debug-port={}", pod_->admin_port));
  command.emplace_back(method == Method::kGet ? "GET" : "POST");
  command.push_back(path.substr(1));
  XDSCOPE_TRY_ASSIGN(Finished finished, kubectl_->exec(pod_->name, pod_->namespace_,
                                                       pod_->container, command, limits_));
  if (finished.status != 0) {
    Error error = explain_kubectl(finished.errors, where);
    error.message =
        fmt::format("{}; before, port-forward failed: {}", error.message, no_forward_->message);
    return std::unexpected(std::move(error));
  }
  XDSCOPE_TRY(check_reply(finished.output, expect, where));
  return std::move(finished.output);
}

}  // namespace xdscope::fetch
