#include <fmt/format.h>

#include "rules/rule.h"

namespace xdscope::rules {
namespace {

struct Count {
  std::size_t all = 0;
  std::size_t plain = 0;
  json::Value first_plain;
};

Count count(json::Value assignment) {
  Count count;
  for (const json::Value locality : assignment["endpoints"].elements()) {
    for (const json::Value endpoint : locality["lb_endpoints"].elements()) {
      ++count.all;
      const json::Value mode =
          endpoint["metadata"]["filter_metadata"].at("envoy.transport_socket_match").at("tlsMode");
      if (mode) continue;
      ++count.plain;
      if (!count.first_plain) count.first_plain = endpoint;
    }
  }
  return count;
}

bool decides_by_endpoint(json::Value cluster) {
  for (const json::Value match : cluster["transport_socket_matches"].elements()) {
    if (match["match"].at("tlsMode").text() == "istio") return true;
  }
  return false;
}

std::optional<KubernetesResource> service_of(json::Value cluster) {
  const std::vector<ServiceRef> services = decode_services(cluster["metadata"]);
  if (services.empty()) return std::nullopt;
  return KubernetesResource{"Service", std::string(services[0].namespace_),
                            std::string(services[0].name), "spec.selector"};
}

}  // namespace

void check_tl008(const RuleContext& context, Reporter& report) {
  for (const Resource& endpoints : context.resources(Section::kEndpoints)) {
    const Count counted = count(endpoints.body);
    if (counted.plain == 0 || counted.plain == counted.all) continue;
    const Resource* cluster = context.cluster_resource(endpoints.name);
    if (cluster == nullptr || !decides_by_endpoint(cluster->body)) continue;
    const Address address = decode_address(counted.first_plain["endpoint"]["address"]);
    // The ports and subsets of a service have the same pods behind them.
    const ClusterName name = parse_cluster_name(cluster->name);
    report.add(
        {.object = fmt::format("endpoints of {}", name.host),
         .at = counted.first_plain,
         .message = fmt::format("{} of {} endpoints of {} get plain text instead of mutual "
                                "TLS, {} among them",
                                counted.plain, counted.all, cluster->name, to_string(address)),
         .resource = service_of(cluster->body)});
  }
}

}  // namespace xdscope::rules
