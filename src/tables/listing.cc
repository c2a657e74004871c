#include "tables/listing.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/try.h"
#include "json/proto_fields.h"
#include "json/proto_json.h"
#include "tables/endpoint_cells.h"

namespace xdscope::tables {
namespace {

void list(const Selection& selection, json::Writer& out) {
  out.begin_array();
  for (const Resource* resource : selection) {
    if (resource->body.is_object()) json::write_proto_json(resource->body, out);
  }
  out.end_array();
}

void write_member(const json::Member& member, json::Writer& out) {
  out.key(json::to_camel(member.key));
  json::write_proto_json(member.value, out);
}

bool any_passes(const LoadAssignment& assignment, const EndpointFilter& filter) {
  for (const LocalityEndpoints& locality : assignment.localities) {
    for (const Endpoint& endpoint : locality.endpoints) {
      if (passes(endpoint, assignment.cluster_name, filter)) return true;
    }
  }
  return false;
}

void write_locality(const LocalityEndpoints& locality, std::string_view cluster,
                    const EndpointFilter& filter, json::Writer& out) {
  out.begin_object();
  for (const auto& member : locality.source.members()) {
    if (!member.is("lb_endpoints")) {
      write_member(member, out);
      continue;
    }
    const auto shown = [&](const Endpoint& endpoint) { return passes(endpoint, cluster, filter); };
    if (std::ranges::none_of(locality.endpoints, shown)) continue;
    out.key("lbEndpoints");
    out.begin_array();
    for (const Endpoint& endpoint : locality.endpoints) {
      if (shown(endpoint)) json::write_proto_json(endpoint.source, out);
    }
    out.end_array();
  }
  out.end_object();
}

void write_assignment(const LoadAssignment& assignment, const EndpointFilter& filter,
                      json::Writer& out) {
  out.begin_object();
  for (const auto& member : assignment.source.members()) {
    if (member.key == "@type") continue;
    if (member.key != "endpoints") {
      write_member(member, out);
      continue;
    }
    out.key("endpoints");
    out.begin_array();
    for (const LocalityEndpoints& locality : assignment.localities) {
      write_locality(locality, assignment.cluster_name, filter, out);
    }
    out.end_array();
  }
  out.end_object();
}

struct SecretList {
  std::string_view field;
  ResourceState state;
};
constexpr std::array kSecretLists = {SecretList{"staticSecrets", ResourceState::kStatic},
                                     SecretList{"dynamicActiveSecrets", ResourceState::kActive},
                                     SecretList{"dynamicWarmingSecrets", ResourceState::kWarming}};

// A refused update stands in the entry of the secret that is used; without one it is waited for.
bool belongs_to(const Resource& secret, ResourceState state) {
  if (secret.state != ResourceState::kRejected) return secret.state == state;
  return state == ResourceState::kWarming && !secret.entry["secret"];
}

void write_secret_list(const Snapshot& snapshot, const SecretList& list, json::Writer& out) {
  bool empty = true;
  for (const Resource& secret : snapshot.resources(Section::kSecrets)) {
    if (!belongs_to(secret, list.state)) continue;
    if (empty) {
      out.key(list.field);
      out.begin_array();
    }
    empty = false;
    if (secret.entry != secret.body) {
      json::write_proto_json(secret.entry, out);
      continue;
    }
    // A bare one has no entry around it.
    out.begin_object();
    out.key("name");
    out.string(secret.name);
    out.key("secret");
    json::write_proto_json(secret.body, out, {.keep_type = true});
    out.end_object();
  }
  if (!empty) out.end_array();
}

}  // namespace

Result<void> list_clusters(const Index& index, const ClusterFilter& filter, Columns columns,
                           json::Writer& out) {
  XDSCOPE_TRY_ASSIGN(const Selection selection, select_clusters(index.snapshot(), filter, columns));
  list(selection, out);
  return {};
}

Result<void> list_listeners(const Index& index, const ListenerFilter& filter, Columns columns,
                            json::Writer& out) {
  XDSCOPE_TRY_ASSIGN(Selection selection, select_listeners(index, filter, columns));
  // Resources stand in the order of the dump.
  std::ranges::sort(selection);
  list(selection, out);
  return {};
}

Result<void> list_routes(const Index& index, const RouteFilter& filter, Columns columns,
                         json::Writer& out) {
  XDSCOPE_TRY_ASSIGN(const Selection selection, select_routes(index.snapshot(), filter, columns));
  list(selection, out);
  return {};
}

Result<void> list_endpoints(const Index& index, const EndpointFilter& filter, json::Writer& out) {
  const Snapshot& snapshot = index.snapshot();
  if (!snapshot.has(Section::kClusterStatuses)) {
    XDSCOPE_TRY(require_section(snapshot, Section::kEndpoints));
    return list_eds(index, filter, out);
  }
  out.begin_array();
  for (const json::Value cluster :
       snapshot.section(Section::kClusterStatuses)["cluster_statuses"].elements()) {
    for (const json::Value host : cluster["host_statuses"].elements()) {
      if (passes(decode_host_status(host), cluster["name"].text(), filter)) {
        json::write_proto_json(cluster, out);
        break;
      }
    }
  }
  out.end_array();
  return {};
}

Result<void> list_eds(const Index& index, const EndpointFilter& filter, json::Writer& out) {
  out.begin_array();
  for (const Resource* resource : select_assignments(index.snapshot())) {
    const LoadAssignment assignment = decode_load_assignment(resource->body);
    if (any_passes(assignment, filter)) write_assignment(assignment, filter, out);
  }
  out.end_array();
  return {};
}

Result<void> write_ecds(const Snapshot& snapshot, json::Writer& out) {
  XDSCOPE_TRY(require_section(snapshot, Section::kEcds));
  // One EcdsConfigDump, of however many sections.
  bool empty = true;
  out.begin_object();
  for (const Resource& resource : snapshot.resources(Section::kEcds)) {
    // An update that was refused stands in the entry of the filter that is used instead.
    if (!resource.serves() && resource.entry["ecds_filter"]) continue;
    if (empty) {
      out.key("ecdsFilters");
      out.begin_array();
    }
    empty = false;
    json::write_proto_json(resource.entry, out);
  }
  if (!empty) out.end_array();
  out.end_object();
  return {};
}

Result<void> write_secrets(const Snapshot& snapshot, json::Writer& out) {
  XDSCOPE_TRY(require_section(snapshot, Section::kSecrets));
  // One SecretsConfigDump, whatever the secrets came in: a section, several, or one by one.
  out.begin_object();
  for (const SecretList& list : kSecretLists) write_secret_list(snapshot, list, out);
  out.end_object();
  return {};
}

Result<void> write_bootstrap(const Snapshot& snapshot, json::Writer& out) {
  XDSCOPE_TRY(require_section(snapshot, Section::kBootstrap));
  json::write_proto_json(snapshot.section(Section::kBootstrap), out);
  return {};
}

}  // namespace xdscope::tables
