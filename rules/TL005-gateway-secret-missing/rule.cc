#include <fmt/format.h>

#include <map>

#include "rules/rule.h"
#include "rules/support/filters.h"
#include "rules/support/tls.h"

namespace xdscope::rules {
namespace {

// Every secret that the chain's TLS context names.
std::vector<std::string_view> secrets_of(const FilterChain& chain) {
  const json::Value context = downstream_tls(chain);
  std::vector<std::string_view> names = certificate_names(context);
  const json::Value common = context["common_tls_context"];
  for (const json::Value config :
       {common["validation_context_sds_secret_config"],
        common["combined_validation_context"]["validation_context_sds_secret_config"]}) {
    if (config) names.push_back(config["name"].text());
  }
  return names;
}

// "kubernetes://shop-cred", "kubernetes-gateway://namespace/shop-cred", with "-cacert" for CAs.
KubernetesResource secret_of(const RuleContext& context, std::string_view name) {
  KubernetesResource secret{"Secret", std::string(context.node().namespace_), "", "data"};
  const std::size_t scheme = name.find("://");
  std::string_view rest = scheme == std::string_view::npos ? name : name.substr(scheme + 3);
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    secret.namespace_ = rest.substr(0, slash);
    rest = rest.substr(slash + 1);
  }
  if (rest.ends_with("-cacert")) rest.remove_suffix(7);
  secret.name = rest;
  return secret;
}

}  // namespace

void check_tl005(const RuleContext& context, Reporter& report) {
  std::map<std::string_view, std::vector<ChainPlace>> users;
  for (const ChainPlace& place : all_chains(context)) {
    for (const std::string_view name : secrets_of(*place.chain)) users[name].push_back(place);
  }
  for (const Resource& resource : context.resources(Section::kSecrets)) {
    if (resource.state != ResourceState::kWarming ||
        resource.entry["version_info"].text() != "uninitialized") {
      continue;
    }
    const auto it = users.find(resource.name);
    if (it == users.end()) continue;
    const auto& names = it->second.front().chain->match.server_names;
    report.add({.object = fmt::format("secret {}", resource.name),
                .at = resource.entry,
                .message = fmt::format(
                    "Secret {} has never arrived, and TLS handshakes on {}{} fail", resource.name,
                    it->second.front().listener->name,
                    names.empty() ? std::string() : fmt::format(" for {}", names.front())),
                .resource = secret_of(context, resource.name)});
  }
}

}  // namespace xdscope::rules
