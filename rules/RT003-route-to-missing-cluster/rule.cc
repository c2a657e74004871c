#include <fmt/format.h>

#include <array>
#include <map>
#include <set>

#include "rules/rule.h"
#include "rules/support/filters.h"
#include "rules/support/istio.h"
#include "rules/support/targets.h"

namespace xdscope::rules {
namespace {

// The ports of each host, by direction and host.
using KnownPorts = std::map<std::pair<std::string_view, std::string_view>, std::set<std::uint32_t>>;

KnownPorts known_ports(const RuleContext& context) {
  KnownPorts known;
  for (const Resource* resource : context.clusters()) {
    const ClusterName name = parse_cluster_name(resource->name);
    if (name.parsed) known[{name.direction, name.host}].insert(name.port);
  }
  return known;
}

// What is known of the host: "the host has port 8080", or that no cluster is of that host.
std::string cause_of(const KnownPorts& known, const ClusterName& name) {
  if (name.host.empty()) return "the destination has no host";
  const auto ports = known.find({name.direction, name.host});
  if (ports == known.end()) return "the proxy knows no cluster of that host";
  std::string text;
  for (const std::uint32_t port : ports->second) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", port);
  }
  return fmt::format("the host is known with port {}", text);
}

void check_targets(const RuleContext& context, Reporter& report) {
  const std::vector<ClusterTarget> missing = missing_targets(context);
  if (missing.empty()) return;
  const KnownPorts known = known_ports(context);
  for (const ClusterTarget& target : missing) {
    const ClusterName name = parse_cluster_name(target.cluster);
    // Subsets are DR001; what a waypoint has of its services and Istio's own are not judged.
    const bool subset = name.parsed && name.direction == "outbound" && !name.subset.empty();
    if (subset || target.cluster.starts_with("inbound-vip|") || is_own_cluster(target.cluster)) {
      continue;
    }
    const std::string cause = name.parsed ? fmt::format("; {}", cause_of(known, name)) : "";
    Draft draft{.object = fmt::format("cluster {}", target.cluster),
                .at = target.main().at,
                .message = fmt::format("Cluster {} does not exist, but is the target of {}{}",
                                       target.cluster, references_text(target), cause),
                .effect = effect_of_missing(target),
                .resource = resource_of(target.main(), "spec.http[].route[].destination",
                                        "spec.tcp[].route[].destination")};
    if (target.idle()) draft.severity = Severity::kWarning;
    report.add(std::move(draft));
  }
}

// Every cluster that a gRPC or HTTP service inside a configuration names.
void add_services(json::Value value, std::vector<json::Value>& out) {
  for (const json::Member member : value.members()) {
    if (member.is("envoy_grpc") && member.value["cluster_name"]) {
      out.push_back(member.value["cluster_name"]);
    } else if ((member.is("http_uri") || member.is("server_uri")) && member.value["cluster"]) {
      out.push_back(member.value["cluster"]);
    } else {
      add_services(member.value, out);
    }
  }
  if (!value.is_array()) return;
  for (const json::Value element : value.elements()) add_services(element, out);
}

void report_services(const RuleContext& context, Reporter& report, std::string_view user,
                     json::Value config, Severity severity, const Effect& effect) {
  std::vector<json::Value> clusters;
  add_services(config, clusters);
  for (const json::Value cluster : clusters) {
    if (!context.lacks_cluster(cluster.text())) continue;
    report.add(
        {.object = fmt::format("cluster {} of {}", cluster.text(), user),
         .at = cluster,
         .message = fmt::format("Cluster {} does not exist, and {} needs it", cluster.text(), user),
         .effect = effect,
         .severity = severity});
  }
}

void check_filters(const RuleContext& context, Reporter& report) {
  constexpr std::array<std::string_view, 4> kCallers = {"JwtAuthentication", "ExtAuthz",
                                                        "RateLimit", "ExternalProcessor"};
  for (const HttpUse* use : context.http_uses()) {
    for (const std::string_view type : kCallers) {
      for (const Extension* filter : http_filters(*use, type)) {
        report_services(context, report, fmt::format("HTTP filter {}", filter->name),
                        filter->config, Severity::kError, {});
      }
    }
    report_services(context, report, "tracing", use->manager.source["tracing"], Severity::kWarning,
                    {});
    report_services(context, report, "access logging", use->manager.source["access_log"],
                    Severity::kWarning, {});
  }
}

}  // namespace

void check_rt003(const RuleContext& context, Reporter& report) {
  check_targets(context, report);
  check_filters(context, report);
}

}  // namespace xdscope::rules
