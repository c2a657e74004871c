#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "rules/rule.h"
#include "rules/support/passthrough.h"

namespace xdscope::rules {
namespace {

std::vector<std::string> texts_of(const std::vector<Address>& hosts) {
  std::vector<std::string> texts;
  texts.reserve(hosts.size());
  for (const Address& host : hosts) texts.push_back(to_string(host));
  std::sort(texts.begin(), texts.end());
  return texts;
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
  const Passthrough through = passthrough(context, "PassthroughCluster");
  const auto hosts = texts_of(through.hosts);
  Draft draft{
      .object = fmt::format("PassthroughCluster in namespace {}", context.node().namespace_),
      .at = through.status,
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
  if (through.connections.value_or(0) == 0) return;
  draft.at = through.cluster;
  draft.message = fmt::format(
      "{} connections have gone to unregistered destinations through PassthroughCluster; "
      "/clusters?format=json tells which",
      *through.connections);
  report.add(std::move(draft));
}

}  // namespace xdscope::rules
