// The user's own kubectl: its configuration, plugins and rights are what a user has.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fetch/admin_client.h"
#include "fetch/process.h"
#include "json/document.h"
#include "xdscope/error.h"

namespace xdscope::fetch {

class Kubectl {
 public:
  struct Options {
    std::string namespace_;  // "" for the context's own
    std::string context;
    std::string kubeconfig;
  };

  // Fails where there is no kubectl in $PATH.
  static Result<Kubectl> find(const Options& options);

  // `kubectl get … -o json`. `what` is TYPE/NAME, or a type with a selector or all namespaces among
  // `flags`; flags are given as --flag=value. "" is the context's own namespace.
  Result<std::unique_ptr<json::Document>> get(const std::string& what,
                                              const std::string& namespace_,
                                              const std::vector<std::string>& flags,
                                              const Limits& limits) const;
  // What a pod's container answers to a command.
  Result<Finished> exec(const std::string& pod, const std::string& namespace_,
                        const std::string& container, const std::vector<std::string>& command,
                        const Limits& limits) const;
  // Starts a port-forward to a port of a pod, and waits until it says which port of loopback it
  // took: `local_port`.
  Result<Child> port_forward(const std::string& pod, const std::string& namespace_, int port,
                             const Limits& limits, int& local_port) const;

  const Options& options() const { return options_; }

 private:
  std::vector<std::string> arguments(std::string verb, const std::string& namespace_) const;

  std::string path_;
  Options options_;
};

// What kubectl said on standard error, in the user's terms; `where` names the object asked for.
Error explain_kubectl(std::string_view errors, std::string where);
// Whether it said that this user may not do this, so that another way may be tried.
bool is_forbidden(std::string_view errors);

}  // namespace xdscope::fetch
