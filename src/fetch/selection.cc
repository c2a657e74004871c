#include "fetch/selection.h"

#include <fmt/format.h>

#include "base/text.h"

namespace xdscope::fetch {
namespace {

std::string join_labels(json::Value labels) {
  std::string result;
  for (const auto& [key, value] : labels.members()) {
    if (!result.empty()) result += ',';
    result += fmt::format("{}={}", key, value.text());
  }
  return result;
}

void add_expression(json::Value expression, std::string& selector) {
  const std::string_view key = expression.at("key").text();
  const std::string_view op = expression.at("operator").text();
  std::string values;
  for (const json::Value value : expression.at("values").elements()) {
    values += fmt::format("{}{}", values.empty() ? "" : ",", value.text());
  }
  if (!selector.empty()) selector += ',';
  if (op == "Exists") selector += key;
  if (op == "DoesNotExist") selector += fmt::format("!{}", key);
  if (op == "In") selector += fmt::format("{} in ({})", key, values);
  if (op == "NotIn") selector += fmt::format("{} notin ({})", key, values);
}

std::string own_selector(json::Value object) {
  const json::Value selector = object.at("spec").at("selector");
  if (!selector.at("matchLabels") && !selector.at("matchExpressions")) return join_labels(selector);
  std::string result = join_labels(selector.at("matchLabels"));
  for (const json::Value expression : selector.at("matchExpressions").elements()) {
    add_expression(expression, result);
  }
  return result;
}

// Istio runs a Gateway's pods in its namespace, under its name. Envoy Gateway runs them in its own
// namespace unless told otherwise, and those of merged gateways under their class
// (gateway.envoyproxy.io, "Gateway Namespace Mode" and EnvoyProxy.spec.mergeGateways).
std::vector<PodSelection> of_gateway_api(std::string_view name, const std::string& namespace_,
                                         std::string_view gateway_class) {
  const std::string owner = "gateway.envoyproxy.io/owning-gateway";
  std::vector<PodSelection> result{
      {namespace_, false, fmt::format("gateway.networking.k8s.io/gateway-name={}", name)},
      {"", true, fmt::format("{0}-name={1},{0}-namespace={2}", owner, name, namespace_)}};
  if (!gateway_class.empty()) {
    result.push_back({"", true, fmt::format("{}class={}", owner, gateway_class)});
  }
  return result;
}

}  // namespace

std::vector<std::string> PodSelection::flags() const {
  std::vector<std::string> flags;
  if (!selector.empty()) flags.push_back("--selector=" + selector);
  if (all_namespaces) flags.emplace_back("--all-namespaces");
  return flags;
}

std::string name_of_object(json::Value object) {
  return printable(fmt::format("{} {}.{}", to_lower(object.at("kind").text()),
                               object.at("metadata").at("name").text(),
                               object.at("metadata").at("namespace").text()));
}

Result<std::vector<PodSelection>> selections_of(json::Value object) {
  const std::string namespace_(object.at("metadata").at("namespace").text());
  const bool is_gateway = object.at("kind").text() == "Gateway";
  const std::string_view version = object.at("apiVersion").text();
  if (is_gateway && version.starts_with("gateway.networking.k8s.io/")) {
    return of_gateway_api(object.at("metadata").at("name").text(), namespace_,
                          object.at("spec").at("gatewayClassName").text());
  }
  const std::string selector = own_selector(object);
  if (selector.empty()) {
    return fail(ErrorCode::kFetch, "it selects no pods", name_of_object(object),
                "name a pod, or a deployment, stateful set, daemon set or service");
  }
  std::vector<PodSelection> result{{namespace_, false, selector}};
  // Istio's Gateway selects pods of every namespace (PILOT_SCOPE_GATEWAY_TO_NAMESPACE is off).
  if (is_gateway) result.push_back({"", true, selector});
  return result;
}

}  // namespace xdscope::fetch
