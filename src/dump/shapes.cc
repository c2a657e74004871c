#include "dump/shapes.h"

#include <array>

namespace xdscope {
namespace {

using enum ResourceState;

constexpr std::array kEntryLists = {
    EntryList{Section::kClusters, "dynamic_active_clusters", "DynamicCluster", "cluster", kActive},
    EntryList{Section::kClusters, "static_clusters", "StaticCluster", "cluster", kStatic},
    EntryList{Section::kClusters, "dynamic_warming_clusters", "", "cluster", kWarming},
    EntryList{Section::kEndpoints, "dynamic_endpoint_configs", "DynamicEndpointConfig",
              "endpoint_config", kActive},
    EntryList{Section::kEndpoints, "static_endpoint_configs", "StaticEndpointConfig",
              "endpoint_config", kStatic},
    EntryList{Section::kListeners, "dynamic_listeners", "DynamicListener", "listener", kActive},
    // envoy.admin.v2alpha before 1.14: a list for each state instead of a state in each entry.
    EntryList{Section::kListeners, "dynamic_active_listeners", "", "listener", kActive},
    EntryList{Section::kListeners, "static_listeners", "StaticListener", "listener", kStatic},
    EntryList{Section::kListeners, "dynamic_warming_listeners", "", "listener", kWarming},
    EntryList{Section::kListeners, "dynamic_draining_listeners", "", "listener", kDraining},
    EntryList{Section::kRoutes, "dynamic_route_configs", "DynamicRouteConfig", "route_config",
              kActive},
    EntryList{Section::kRoutes, "static_route_configs", "StaticRouteConfig", "route_config",
              kStatic},
    EntryList{Section::kScopedRoutes, "dynamic_scoped_route_configs", "DynamicScopedRouteConfigs",
              "", kActive},
    EntryList{Section::kScopedRoutes, "inline_scoped_route_configs", "InlineScopedRouteConfigs", "",
              kStatic},
    EntryList{Section::kSecrets, "dynamic_warming_secrets", "", "secret", kWarming},
    EntryList{Section::kSecrets, "dynamic_active_secrets", "DynamicSecret", "secret", kActive},
    EntryList{Section::kSecrets, "static_secrets", "StaticSecret", "secret", kStatic},
    EntryList{Section::kEcds, "ecds_filters", "EcdsFilterConfig", "ecds_filter", kActive},
};

struct NamedSection {
  std::string_view name;
  Section section;
};

constexpr std::array kSectionMessages = {
    NamedSection{"BootstrapConfigDump", Section::kBootstrap},
    NamedSection{"ClustersConfigDump", Section::kClusters},
    NamedSection{"EndpointsConfigDump", Section::kEndpoints},
    NamedSection{"ListenersConfigDump", Section::kListeners},
    NamedSection{"ScopedRoutesConfigDump", Section::kScopedRoutes},
    NamedSection{"RoutesConfigDump", Section::kRoutes},
    NamedSection{"SecretsConfigDump", Section::kSecrets},
    NamedSection{"EcdsConfigDump", Section::kEcds},
};

// Fields that tell an admin reply.
constexpr std::array kReplies = {
    NamedSection{"cluster_statuses", Section::kClusterStatuses},
    NamedSection{"listener_statuses", Section::kListenerStatuses},
    NamedSection{"certificates", Section::kCertificates},
    NamedSection{"stats", Section::kStats},
    NamedSection{"hot_restart_version", Section::kServerInfo},
};

// The last name of the message type of a bare resource.
constexpr std::array kResourceMessages = {
    NamedSection{"Listener", Section::kListeners},
    NamedSection{"Cluster", Section::kClusters},
    NamedSection{"RouteConfiguration", Section::kRoutes},
    NamedSection{"ClusterLoadAssignment", Section::kEndpoints},
    NamedSection{"Secret", Section::kSecrets},
    NamedSection{"ScopedRouteConfiguration", Section::kScopedRoutes},
};

// Fields that only this resource has, for resources without @type.
constexpr std::array kResourceFields = {
    NamedSection{"virtual_hosts", Section::kRoutes},
    NamedSection{"vhds", Section::kRoutes},
    NamedSection{"filter_chains", Section::kListeners},
    NamedSection{"default_filter_chain", Section::kListeners},
    NamedSection{"listener_filters", Section::kListeners},
    NamedSection{"api_listener", Section::kListeners},
    NamedSection{"tls_certificate", Section::kSecrets},
    NamedSection{"validation_context", Section::kSecrets},
    NamedSection{"generic_secret", Section::kSecrets},
    NamedSection{"session_ticket_keys", Section::kSecrets},
    NamedSection{"eds_cluster_config", Section::kClusters},
    NamedSection{"load_assignment", Section::kClusters},
    NamedSection{"connect_timeout", Section::kClusters},
    NamedSection{"lb_policy", Section::kClusters},
    NamedSection{"cluster_type", Section::kClusters},
};

constexpr std::array kBootstrapFields = {std::string_view("static_resources"),
                                         std::string_view("dynamic_resources"),
                                         std::string_view("layered_runtime")};

Section section_of_message(std::string_view message) {
  for (const auto& [name, section] : kSectionMessages) {
    if (message == name) return section;
  }
  return Section::kCount;
}

Shape recognize_type(std::string_view type) {
  type.remove_prefix(type.rfind('/') == std::string_view::npos ? 0 : type.rfind('/') + 1);
  for (const std::string_view package : {"envoy.admin.v3.", "envoy.admin.v2alpha."}) {
    if (!type.starts_with(package)) continue;
    const std::string_view message = type.substr(package.size());
    const std::size_t dot = message.find('.');
    const Section section = section_of_message(message.substr(0, dot));
    if (section == Section::kCount) return {};
    if (dot == std::string_view::npos) return {Shape::Kind::kSection, section, nullptr};
    for (const EntryList& list : kEntryLists) {
      if (list.section == section && list.element == message.substr(dot + 1)) {
        return {Shape::Kind::kElement, section, &list};
      }
    }
    return {};
  }
  if (!type.starts_with("envoy.")) return {};
  const std::string_view message = type.substr(type.rfind('.') + 1);
  if (message == "Bootstrap") return {Shape::Kind::kBootstrap, Section::kBootstrap, nullptr};
  for (const auto& [name, section] : kResourceMessages) {
    if (message == name) return {Shape::Kind::kResource, section, nullptr};
  }
  return {};
}

// A section or an entry list without a type: `-o json` of other tools, masks, hand-made files.
Shape recognize_lists(json::Value object) {
  for (const auto& [key, value] : object.members()) {
    for (const EntryList& list : kEntryLists) {
      if (json::is_field(key, list.field) && value.is_array()) {
        return {Shape::Kind::kSection, list.section, nullptr};
      }
    }
    if (key == "bootstrap" && value.is_object()) {
      return {Shape::Kind::kSection, Section::kBootstrap, nullptr};
    }
  }
  return {};
}

}  // namespace

bool fits_section(json::Value body, Section section) {
  const std::string_view type = body.at("@type").text();
  if (type.empty()) return true;
  const std::string_view message = type.substr(type.rfind('.') + 1);
  for (const auto& [name, of_section] : kResourceMessages) {
    if (of_section == section) return message == name;
  }
  return true;
}

std::span<const EntryList> entry_lists() { return kEntryLists; }

Shape recognize(json::Value object) {
  if (!object.is_object()) return {};
  if (const auto type = object.at("@type").string()) {
    if (const Shape shape = recognize_type(*type); shape.kind != Shape::Kind::kUnknown) {
      return shape;
    }
  }
  if (object["configs"]) return {Shape::Kind::kDump, Section::kCount, nullptr};
  for (const auto& [field, section] : kReplies) {
    if (object[field]) return {Shape::Kind::kReply, section, nullptr};
  }
  if (const Shape shape = recognize_lists(object); shape.kind != Shape::Kind::kUnknown) {
    return shape;
  }
  for (const std::string_view field : kBootstrapFields) {
    if (object[field].is_object()) return {Shape::Kind::kBootstrap, Section::kBootstrap, nullptr};
  }
  if (object["admin"].is_object() && object["node"].is_object()) {
    return {Shape::Kind::kBootstrap, Section::kBootstrap, nullptr};
  }
  for (const auto& [field, section] : kResourceFields) {
    if (object[field]) return {Shape::Kind::kResource, section, nullptr};
  }
  if (object["cluster_name"].is_string() && object["endpoints"].is_array()) {
    return {Shape::Kind::kResource, Section::kEndpoints, nullptr};
  }
  return {};
}

}  // namespace xdscope
