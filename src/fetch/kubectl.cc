#include "fetch/kubectl.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "fetch/target.h"

namespace xdscope::fetch {
namespace {

using Clock = std::chrono::steady_clock;

// kubectl's own log lines, "E1123 10:25:17.194016 …", stand before its message.
bool is_log_line(std::string_view line) {
  return line.size() > 6 && std::string_view("EWIF").find(line[0]) != std::string_view::npos &&
         std::all_of(line.begin() + 1, line.begin() + 5,
                     [](char c) { return c >= '0' && c <= '9'; }) &&
         line[5] == ' ';
}

std::string message_of(std::string_view errors) {
  std::string result;
  std::string last_log;
  for (const std::string_view raw : split(errors, '\n')) {
    const std::string_view line = trim(raw);
    if (line.empty()) continue;
    if (is_log_line(line)) {
      last_log = line;
      continue;
    }
    if (!result.empty()) result += "; ";
    result += line;
  }
  if (result.empty()) result = last_log;
  constexpr std::size_t kMost = 600;
  if (result.size() > kMost) result = result.substr(0, kMost) + "…";
  return printable(result);
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "Forwarding from 127.0.0.1:40123 -> 15000": the port of loopback, 0 where the line is another
// one.
int forwarded_port(std::string_view line) {
  constexpr std::string_view kStart = "Forwarding from ";
  if (!line.starts_with(kStart)) return 0;
  line = line.substr(0, line.find(" ->"));
  long port = 0;
  if (!parse_decimal(line.substr(line.rfind(':') + 1), port) || port < 1 || port > 65535) return 0;
  return static_cast<int>(port);
}

}  // namespace

bool is_forbidden(std::string_view errors) {
  return contains(errors, "(Forbidden)") || contains(errors, "is forbidden") ||
         contains(errors, "403 Forbidden");
}

Error explain_kubectl(std::string_view errors, std::string where) {
  const std::string said = message_of(errors);
  if (is_forbidden(errors)) {
    return {ErrorCode::kFetch, "no access: " + said, std::move(where),
            "ask for the rights get pods and create pods/portforward (or pods/exec) there"};
  }
  if (contains(errors, "(NotFound)")) {
    return {ErrorCode::kFetch, "there is no such object: " + said, std::move(where),
            "check the name and the namespace (-n, or NAME.NAMESPACE)"};
  }
  if (contains(errors, "Unauthorized") || contains(errors, "must be logged in") ||
      contains(errors, "getting credentials")) {
    return {ErrorCode::kFetch, "not logged in to the cluster: " + said, std::move(where),
            "log in, and check --context and --kubeconfig"};
  }
  if (contains(errors, "doesn't have a resource type")) {
    return {ErrorCode::kFetch, "the cluster does not know this type: " + said, std::move(where),
            "give a type as kubectl knows it: deploy, sts, ds, svc, pod"};
  }
  if (contains(errors, "context was not found") ||
      (contains(errors, "context") && contains(errors, "does not exist"))) {
    return {ErrorCode::kFetch, "no such context: " + said, std::move(where),
            "kubectl config get-contexts lists them"};
  }
  if (contains(errors, "connection to the server") || contains(errors, "Unable to connect") ||
      contains(errors, "i/o timeout") || contains(errors, "no such host")) {
    return {ErrorCode::kFetch, "the cluster cannot be reached: " + said, std::move(where),
            "check --context and --kubeconfig, and whether kubectl get pods works"};
  }
  if (said.empty()) {
    return {ErrorCode::kFetch, "kubectl failed and said nothing", std::move(where),
            "try kubectl get pods"};
  }
  return {ErrorCode::kFetch, "kubectl failed: " + said, std::move(where), ""};
}

Result<Kubectl> Kubectl::find(const Options& options) {
  auto path = find_program("kubectl");
  if (!path) {
    return fail(ErrorCode::kFetch, path.error().message, {},
                "install kubectl, or use --admin-url with a port-forward of your own, or -f");
  }
  if (!options.namespace_.empty() && !is_object_name(options.namespace_)) {
    return fail(ErrorCode::kUsage, "not the name of a namespace", printable(options.namespace_));
  }
  Kubectl kubectl;
  kubectl.path_ = std::move(*path);
  kubectl.options_ = options;
  return kubectl;
}

// Values stand behind "=" in the same argument, so that none can be taken for another option.
std::vector<std::string> Kubectl::arguments(std::string verb, const std::string& namespace_) const {
  std::vector<std::string> result{std::move(verb)};
  if (!options_.kubeconfig.empty()) result.push_back("--kubeconfig=" + options_.kubeconfig);
  if (!options_.context.empty()) result.push_back("--context=" + options_.context);
  if (!namespace_.empty()) result.push_back("--namespace=" + namespace_);
  return result;
}

Result<std::unique_ptr<json::Document>> Kubectl::get(const std::string& what,
                                                     const std::string& namespace_,
                                                     const std::vector<std::string>& flags,
                                                     const Limits& limits) const {
  std::vector<std::string> all = arguments("get", namespace_);
  all.emplace_back("--output=json");
  all.insert(all.end(), flags.begin(), flags.end());
  all.emplace_back("--");
  all.push_back(what);
  XDSCOPE_TRY_ASSIGN(Finished finished,
                     run(path_, all, {limits.idle, limits.total, limits.reply_bytes}));
  const std::string where = namespace_.empty() ? what : fmt::format("{} in {}", what, namespace_);
  if (finished.status != 0) return std::unexpected(explain_kubectl(finished.errors, where));
  return json::Document::parse(std::move(finished.output), "kubectl get " + what);
}

Result<Finished> Kubectl::exec(const std::string& pod, const std::string& namespace_,
                               const std::string& container,
                               const std::vector<std::string>& command,
                               const Limits& limits) const {
  std::vector<std::string> all = arguments("exec", namespace_);
  all.push_back("--container=" + container);
  all.push_back("pod/" + pod);
  all.emplace_back("--");
  all.insert(all.end(), command.begin(), command.end());
  return run(path_, all, {limits.idle, limits.total, limits.reply_bytes});
}

Result<Child> Kubectl::port_forward(const std::string& pod, const std::string& namespace_, int port,
                                    const Limits& limits, int& local_port) const {
  std::vector<std::string> all = arguments("port-forward", namespace_);
  all.emplace_back("--address=127.0.0.1");
  all.push_back("pod/" + pod);
  all.push_back(fmt::format(":{}", port));
  XDSCOPE_TRY_ASSIGN(Child child, Child::start(path_, all));
  const Clock::time_point until = Clock::now() + std::max(limits.connect, limits.idle);
  std::string printed;
  while (true) {
    std::array<char, 4096> piece;
    const ssize_t got = child.read(piece.data(), piece.size(), until);
    if (got < 0) {
      return fail(ErrorCode::kFetch, "kubectl port-forward does not become ready",
                  fmt::format("pod {}.{}", pod, namespace_), "raise --idle-timeout");
    }
    if (got == 0) {
      child.wait();
      return std::unexpected(
          explain_kubectl(child.errors(), fmt::format("pod {}.{}", pod, namespace_)));
    }
    printed.append(piece.data(), static_cast<std::size_t>(got));
    const std::vector<std::string_view> lines = split(printed, '\n');
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
      local_port = forwarded_port(lines[i]);
      if (local_port != 0) return child;
    }
  }
}

}  // namespace xdscope::fetch
