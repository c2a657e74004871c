#include "fetch/pods.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "fetch/selection.h"

namespace xdscope::fetch {
namespace {

constexpr int kIstioPort = 15000;
constexpr int kEnvoyGatewayPort = 19000;

struct ProxyContainer {
  std::string_view name;
  int port = 0;
  bool has_pilot_agent = false;
};

// Istio's sidecar is a container, or an init container that keeps running (native sidecars).
std::optional<ProxyContainer> proxy_of(json::Value pod) {
  const json::Value spec = pod.at("spec");
  for (const char* list : {"containers", "initContainers"}) {
    for (const json::Value container : spec.at(list).elements()) {
      if (container.at("name").text() == "istio-proxy")
        return ProxyContainer{"istio-proxy", kIstioPort, true};
    }
  }
  const json::Value labels = pod.at("metadata").at("labels");
  if (labels.at("app.kubernetes.io/managed-by").text() == "envoy-gateway") {
    for (const json::Value container : spec.at("containers").elements()) {
      if (container.at("name").text() == "envoy")
        return ProxyContainer{"envoy", kEnvoyGatewayPort, false};
    }
  }
  return std::nullopt;
}

std::string container_names(json::Value pod) {
  std::string names;
  for (const json::Value container : pod.at("spec").at("containers").elements()) {
    if (!names.empty()) names += ", ";
    names += printable(container.at("name").text());
  }
  return names;
}

json::Value status_of_container(json::Value pod, std::string_view name) {
  for (const char* list : {"containerStatuses", "initContainerStatuses"}) {
    for (const json::Value status : pod.at("status").at(list).elements()) {
      if (status.at("name").text() == name) return status;
    }
  }
  return {};
}

json::Value condition(json::Value pod, std::string_view type) {
  for (const json::Value candidate : pod.at("status").at("conditions").elements()) {
    if (candidate.at("type").text() == type) return candidate;
  }
  return {};
}

bool is_ready(json::Value pod) { return condition(pod, "Ready").at("status").text() == "True"; }

std::string_view ready_since(json::Value pod) {
  return condition(pod, "Ready").at("lastTransitionTime").text();
}

std::int64_t restarts(json::Value pod) {
  std::int64_t most = 0;
  for (const json::Value status : pod.at("status").at("containerStatuses").elements()) {
    most = std::max(most, status.at("restartCount").integer_or(0));
  }
  return most;
}

// Running before Unknown before Pending; the others count as running there.
int rank_of_phase(json::Value pod) {
  const std::string_view phase = pod.at("status").at("phase").text();
  return phase == "Unknown" ? 1 : phase == "Pending" ? 2 : 0;
}

// RFC 3339 times in UTC compare as text; no time is after any.
bool is_earlier(std::string_view first, std::string_view second) {
  if (first.empty() || second.empty()) return second.empty() && !first.empty();
  return first < second;
}

auto items_of(const json::Document& list) {
  const json::Value root = list.roots().empty() ? json::Value() : list.roots().front();
  return root.at("items").elements();
}

}  // namespace

bool is_preferred(json::Value first, json::Value second) {
  const auto assigned = [](json::Value pod) {
    return !pod.at("spec").at("nodeName").text().empty();
  };
  if (assigned(first) != assigned(second)) return assigned(first);
  if (rank_of_phase(first) != rank_of_phase(second))
    return rank_of_phase(first) < rank_of_phase(second);
  if (is_ready(first) != is_ready(second)) return is_ready(first);
  if (is_ready(first) && ready_since(first) != ready_since(second)) {
    return is_earlier(ready_since(first), ready_since(second));
  }
  if (restarts(first) != restarts(second)) return restarts(first) > restarts(second);
  const auto created = [](json::Value pod) {
    return pod.at("metadata").at("creationTimestamp").text();
  };
  return is_earlier(created(first), created(second));
}

Result<Pod> read_pod(json::Value pod, const PodOptions& options) {
  Pod result;
  const json::Value metadata = pod.at("metadata");
  result.name = metadata.at("name").text();
  result.namespace_ = metadata.at("namespace").text();
  if (!is_object_name(result.name) || !is_object_name(result.namespace_)) {
    return fail(ErrorCode::kFetch, "kubectl printed a pod without a name",
                printable(result.text()));
  }
  const std::string where = "pod " + result.text();
  const auto proxy = proxy_of(pod);
  if (!proxy && !options.admin_port) {
    return fail(ErrorCode::kFetch,
                fmt::format("the pod has no proxy: its containers are {}, none is istio-proxy",
                            container_names(pod)),
                where,
                "it is not in the mesh; --proxy-admin-port asks another Envoy's admin port in it");
  }
  if (proxy) {
    result.container = proxy->name;
    result.has_pilot_agent = proxy->has_pilot_agent;
  }
  result.admin_port = options.admin_port.value_or(proxy ? proxy->port : kIstioPort);
  const std::string_view phase = pod.at("status").at("phase").text();
  if (phase != "Running") {
    // A pod is Pending while its native sidecar already runs.
    const bool runs =
        phase == "Pending" &&
        status_of_container(pod, result.container).at("state").at("running").is_object();
    if (!runs) {
      return fail(ErrorCode::kFetch,
                  fmt::format("the pod does not run: it is {}", printable(phase)), where,
                  "kubectl describe pod tells why");
    }
  }
  const json::Value waiting = status_of_container(pod, result.container).at("state").at("waiting");
  if (waiting.is_object()) {
    return fail(ErrorCode::kFetch,
                fmt::format("the proxy does not run: {}", printable(waiting.at("reason").text())),
                where, fmt::format("kubectl logs -c {} tells why", result.container));
  }
  if (!is_ready(pod)) result.not_ready = "the pod is not ready";
  return result;
}

Result<Pod> find_pod(const Kubectl& kubectl, const Target& target, const PodOptions& options,
                     const Limits& limits) {
  const std::string type = target.type.empty() ? "pod" : target.type;
  XDSCOPE_TRY_ASSIGN(const auto object,
                     kubectl.get(type + "/" + target.name, target.namespace_, {}, limits));
  const json::Value root = object->roots().empty() ? json::Value() : object->roots().front();
  if (root.at("kind").text() == "Pod") return read_pod(root, options);
  XDSCOPE_TRY_ASSIGN(const std::vector<PodSelection> selections, selections_of(root));
  std::unique_ptr<json::Document> list;
  std::vector<json::Value> pods;
  for (const PodSelection& selection : selections) {
    XDSCOPE_TRY_ASSIGN(list, kubectl.get("pods", selection.namespace_, selection.flags(), limits));
    for (const json::Value pod : items_of(*list)) pods.push_back(pod);
    if (!pods.empty()) break;
  }
  if (pods.empty()) {
    return fail(ErrorCode::kFetch, fmt::format("no pods match \"{}\"", target.text()),
                name_of_object(root),
                fmt::format("its selector is {}", printable(selections.front().selector)));
  }
  std::ranges::stable_sort(pods, is_preferred);
  return read_pod(pods.front(), options);
}

Result<FoundPods> find_pods(const Kubectl& kubectl, const PodOptions& options,
                            const Limits& limits) {
  const PodSelection selection{options.all_namespaces ? "" : kubectl.options().namespace_,
                               options.all_namespaces, options.selector};
  const std::string& namespace_ = selection.namespace_;
  XDSCOPE_TRY_ASSIGN(const auto list, kubectl.get("pods", namespace_, selection.flags(), limits));
  FoundPods found;
  for (const json::Value item : items_of(*list)) {
    const std::string_view phase = item.at("status").at("phase").text();
    const bool has_ended = phase == "Succeeded" || phase == "Failed";
    if (has_ended || (!proxy_of(item) && !options.admin_port)) {
      ++found.without_proxy;
    } else if (auto pod = read_pod(item, options)) {
      found.pods.push_back(std::move(*pod));
    } else {
      found.failed.push_back(std::move(pod.error()));
    }
  }
  std::ranges::sort(found.pods, {},
                    [](const Pod& pod) { return std::tie(pod.namespace_, pod.name); });
  if (found.pods.empty() && found.failed.empty()) {
    const std::string scope = options.all_namespaces ? "in any namespace"
                              : namespace_.empty()   ? "in the context's namespace"
                                                     : "in namespace " + namespace_;
    return fail(
        ErrorCode::kFetch,
        fmt::format("no running pod with a proxy {}{}", scope,
                    options.selector.empty() ? "" : " matches " + printable(options.selector)),
        {},
        found.without_proxy == 0
            ? "check -n and -l"
            : fmt::format("{} pods have no running proxy", found.without_proxy));
  }
  return found;
}

}  // namespace xdscope::fetch
