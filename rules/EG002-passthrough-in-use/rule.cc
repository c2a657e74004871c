#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "rules/rule.h"

namespace xdscope::rules {
namespace {

constexpr std::string_view kPassthrough = "PassthroughCluster";

std::vector<std::string> hosts_of(json::Value status) {
  std::vector<std::string> hosts;
  for (const json::Value host : status["host_statuses"].elements()) {
    hosts.push_back(to_string(decode_host_status(host).address));
  }
  std::sort(hosts.begin(), hosts.end());
  return hosts;
}

// Istio counts inbound passthrough under the same name as outbound: then the number tells nothing.
bool counted_apart(const RuleContext& context) {
  const Resource* outbound = context.cluster_resource(kPassthrough);
  const Resource* inbound = context.cluster_resource("InboundPassthroughCluster");
  if (outbound == nullptr || inbound == nullptr) return false;
  const std::string_view name = inbound->body["alt_stat_name"].text();
  return name.empty() || name != outbound->body["alt_stat_name"].text();
}

std::optional<Severity> severity_of(const std::string& expected) {
  if (expected == "REGISTRY_ONLY") return Severity::kError;
  if (expected == "ALLOW_ANY") return Severity::kInfo;
  return std::nullopt;
}

std::string list(const std::vector<std::string>& hosts, std::int64_t limit) {
  const std::size_t shown =
      std::min(hosts.size(), static_cast<std::size_t>(std::max<std::int64_t>(limit, 0)));
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += fmt::format("{}{}", i == 0 ? "" : ", ", hosts[i]);
  if (shown < hosts.size()) text += fmt::format(" and {} more", hosts.size() - shown);
  return text;
}

}  // namespace

void check_eg002(const RuleContext& context, Reporter& report) {
  const json::Value status = context.cluster_status(kPassthrough);
  const auto hosts = hosts_of(status);
  Draft draft{
      .object = fmt::format("PassthroughCluster in namespace {}", context.node().namespace_),
      .at = status,
      .resource = KubernetesResource{"ServiceEntry", std::string(context.node().namespace_), "",
                                     "spec.hosts"},
      .severity = severity_of(context.string("expected_mode"))};
  if (!hosts.empty()) {
    draft.message = fmt::format(
        "{} unregistered destination{} in use through PassthroughCluster: {}", hosts.size(),
        hosts.size() == 1 ? " is" : "s are", list(hosts, context.integer("list_limit")));
    report.add(std::move(draft));
    return;
  }
  const auto connections = context.cluster_stat(kPassthrough, "upstream_cx_total");
  if (connections.value_or(0) == 0 || !counted_apart(context)) return;
  draft.at = context.cluster_resource(kPassthrough)->body;
  draft.message = fmt::format(
      "{} connections have gone to unregistered destinations through PassthroughCluster; "
      "/clusters?format=json tells which",
      *connections);
  report.add(std::move(draft));
}

}  // namespace xdscope::rules
