#include "trace/cluster_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/text.h"

namespace xdscope::trace {
namespace {

std::string_view members_source(Members::Source source) {
  switch (source) {
    case Members::Source::kEndpoints:
      return "the endpoints of the dump";
    case Members::Source::kInline:
      return "the cluster's own load_assignment";
    case Members::Source::kStatuses:
      return "/clusters";
    case Members::Source::kNone:
      return "no list: the cluster finds its hosts itself";
    case Members::Source::kUnknown:
      break;
  }
  return "unknown";
}

std::string join_words(const std::vector<std::string>& words) {
  if (words.empty()) return "none";
  if (words.size() == 1) return words.front();
  std::string out;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) out += (i == 0 ? "" : ", ") + words[i];
  return out + " and " + words.back();
}

void add_istio_neighbours(const Index& index, const ClusterName& wanted,
                          std::vector<std::string>& out) {
  std::vector<std::string> subsets;
  std::vector<std::string> ports;
  bool whole = false;
  for (const Resource& resource : index.snapshot().resources(Section::kClusters)) {
    if (!resource.serves()) continue;
    const ClusterName other = parse_cluster_name(resource.name);
    if (!other.parsed || other.host != wanted.host || other.direction != wanted.direction) continue;
    if (other.port == wanted.port) {
      if (other.subset.empty()) {
        whole = true;
      } else {
        subsets.push_back(printable(other.subset));
      }
    } else if (other.subset == wanted.subset) {
      ports.push_back(std::to_string(other.port));
    }
  }
  if (!wanted.subset.empty() && (whole || !subsets.empty())) {
    out.push_back(fmt::format("the subset {} does not exist; {}", printable(wanted.subset),
                              subsets.empty()
                                  ? "the host has no subsets: no DestinationRule "
                                    "defines them"
                                  : join_words(subsets) + (subsets.size() == 1 ? " does" : " do")));
  }
  if (!ports.empty() && !whole) {
    out.push_back(fmt::format("{} has port {}, not {}", printable(wanted.host), join_words(ports),
                              wanted.port));
  }
}

}  // namespace

std::vector<std::string> cluster_near_misses(const Index& index, std::string_view name) {
  std::vector<std::string> out;
  if (name.empty()) return out;
  const ClusterName wanted = parse_cluster_name(name);
  if (wanted.parsed && !wanted.host.empty()) add_istio_neighbours(index, wanted, out);
  std::size_t best = std::max<std::size_t>(2, name.size() / 8) + 1;
  std::string_view nearest;
  for (const Resource& resource : index.snapshot().resources(Section::kClusters)) {
    if (!resource.serves() || resource.name.size() + best < name.size() ||
        resource.name.size() > name.size() + best || name.size() > 300) {
      continue;
    }
    const std::size_t distance = edit_distance(resource.name, name);
    if (distance < best) {
      best = distance;
      nearest = resource.name;
    }
  }
  if (!nearest.empty() && out.empty()) {
    out.push_back(fmt::format("a cluster {} exists", printable(nearest)));
  }
  return out;
}

std::string why_cluster_absent(const Index& index, std::string_view name) {
  if (name.empty()) return "the route names no cluster";
  for (const Resource* resource : index.all(Section::kClusters, name)) {
    if (resource->state == ResourceState::kWarming) {
      return "the cluster is warming: its endpoints or secrets have not arrived yet";
    }
    if (resource->state == ResourceState::kRejected) {
      return fmt::format("Envoy rejected the cluster: {}", printable(resource->details));
    }
  }
  return "the dump has no cluster of that name";
}

void explain_cluster(const Index& index, std::string_view name, const Cluster* cluster,
                     const std::string& absent_because, std::vector<Step>& steps) {
  Step step;
  step.stage = Stage::kCluster;
  if (cluster == nullptr) {
    step.reason = fmt::format("{}: {}", name.empty() ? "\"\"" : printable(name), absent_because);
    step.near_misses = cluster_near_misses(index, name);
    for (const Resource* resource : index.all(Section::kClusters, name)) {
      step.evidence = evidence_of(resource->body ? resource->body : resource->entry);
    }
  } else {
    step.chosen = cluster->name;
    step.reason =
        fmt::format("{}, load balancing {}",
                    cluster->type == Cluster::Type::kCustom ? cluster->custom_type.name
                                                            : cluster_type_name(cluster->type),
                    cluster->lb_policy);
    step.evidence = evidence_of(cluster->source);
    step.resource = to_string(cluster->owner);
    for (const ServiceRef& service : cluster->services) {
      step.notes.push_back(fmt::format("service {} ({}/{})", printable(service.host),
                                       printable(service.namespace_), printable(service.name)));
    }
    if (const Resource* warming = index.find(Section::kClusters, name, ResourceState::kWarming)) {
      (void)warming;
      step.notes.emplace_back("a newer version of it is warming; the old one still serves");
    }
  }
  steps.push_back(std::move(step));
}

std::string describe_socket(const SocketChoice& choice) {
  std::string out = "plain text";
  if (choice.socket != nullptr) {
    const std::string_view type = choice.socket->type_name();
    const json::Value tls = choice.socket->config["common_tls_context"];
    if (type == "UpstreamTlsContext") {
      const bool certificate =
          !tls["tls_certificates"].empty() || !tls["tls_certificate_sds_secret_configs"].empty();
      out = certificate ? "mutual TLS" : "TLS";
      if (const std::string_view sni = choice.socket->config["sni"].text(); !sni.empty()) {
        out += fmt::format(", SNI {}", printable(sni));
      }
    } else if (type != "RawBuffer") {
      out = printable(choice.socket->name);
    }
  }
  if (!choice.match_name.empty()) {
    out += fmt::format(" (transport_socket_matches '{}')", printable(choice.match_name));
  }
  return out;
}

void explain_endpoints(const Cluster& cluster, const Members& members,
                       const std::vector<Host>& hosts, const BalanceOptions& options,
                       const ClusterResult& result, std::vector<Step>& steps) {
  Step step;
  step.stage = Stage::kEndpoints;
  const ClusterEnd& first = result.ends.front();
  if (first.endpoints != nullptr) {
    const auto& list = *first.endpoints;
    step.chosen =
        list.size() == 1
            ? list.front()
            : fmt::format("{} endpoints: {}{}", list.size(),
                          fmt::join(list.begin(),
                                    list.begin() + static_cast<std::ptrdiff_t>(
                                                       std::min<std::size_t>(5, list.size())),
                                    ", "),
                          list.size() > 5 ? ", …" : "");
  }
  step.reason =
      first.why.empty() ? fmt::format("from {}", members_source(members.source)) : first.why;
  if (members.known()) step.evidence = evidence_of(members.assignment->source);
  const Balance load = balance(hosts, options);
  std::map<std::string, int> sockets;
  for (const PriorityLoad& priority : load.loads) {
    if (load.loads.size() > 1 || priority.panic) {
      step.notes.push_back(fmt::format("priority {} takes {} %{}{}", priority.priority,
                                       priority.percent,
                                       priority.degraded ? " (degraded hosts)" : "",
                                       priority.panic ? ", in panic: health is ignored" : ""));
    }
    for (const Host* host : priority.hosts) {
      ++sockets[describe_socket(transport_socket_of(cluster, *host->endpoint, host->locality))];
    }
  }
  for (const auto& [socket, count] : sockets) {
    step.notes.push_back(sockets.size() == 1 ? "connects by " + socket
                                             : fmt::format("{} of them by {}", count, socket));
  }
  for (const Host& host : hosts) {
    if (host.endpoint->healthy() || step.passed_over.size() >= 10) continue;
    step.passed_over.push_back({to_string(host.endpoint->address),
                                fmt::format("{}", health_status_name(host.endpoint->health)),
                                evidence_of(host.endpoint->source)});
  }
  if (!first.unknown.empty()) step.notes.push_back("not known: " + first.unknown);
  steps.push_back(std::move(step));
}

}  // namespace xdscope::trace
