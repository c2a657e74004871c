#include "tables/select.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"
#include "tables/listener_cells.h"

namespace xdscope::tables {
namespace {

std::string_view dump_type(Section section) {
  switch (section) {
    case Section::kBootstrap:
      return "BootstrapConfigDump";
    case Section::kClusters:
      return "ClustersConfigDump";
    case Section::kListeners:
      return "ListenersConfigDump";
    case Section::kRoutes:
      return "RoutesConfigDump";
    case Section::kSecrets:
      return "SecretsConfigDump";
    case Section::kEcds:
      return "EcdsConfigDump";
    default:
      return "EndpointsConfigDump";
  }
}

bool shown(const Resource& resource, Columns columns) {
  return columns == Columns::kWide || (resource.serves() && resource.body.is_object());
}

Result<Selection> all_of(const Snapshot& snapshot, Section section, Columns columns,
                         std::string_view word) {
  XDSCOPE_TRY(require_section(snapshot, section));
  Selection selection;
  for (const Resource& resource : snapshot.resources(section)) {
    if (shown(resource, columns)) selection.push_back(&resource);
  }
  if (selection.empty()) {
    return fail(ErrorCode::kEmptySection, fmt::format("no {} found", word), snapshot.name(),
                snapshot.resources(section).empty()
                    ? ""
                    : "what is there does not serve; see it with -o wide");
  }
  return selection;
}

// istioctl's comparator for route configurations, made total.
auto route_order(const Resource* resource) {
  long number = 0;
  const bool numeric = parse_decimal(resource->name, number);
  return std::tuple(numeric ? 0 : 1, number, numeric ? std::string_view() : resource->name);
}

}  // namespace

Result<void> require_section(const Snapshot& snapshot, Section section) {
  if (snapshot.has(section)) return {};
  return fail(
      ErrorCode::kMissing,
      fmt::format("config dump has no configuration type type.googleapis.com/envoy.admin.v3.{}",
                  dump_type(section)),
      snapshot.name(),
      section == Section::kEndpoints
          ? "take the dump with its endpoints: /config_dump?include_eds"
          : "take the whole dump: curl -s localhost:15000/config_dump?include_eds");
}

// Names are taken apart once each: comparing thousands of them would do it twenty times.
void sort_by_cluster_name(Selection& selection) {
  struct Item {
    ClusterName name;
    const Resource* resource;
  };
  std::vector<Item> items;
  items.reserve(selection.size());
  for (const Resource* resource : selection) {
    items.push_back({parse_cluster_name(resource->name), resource});
  }
  std::ranges::stable_sort(items, {}, [](const Item& item) {
    return std::tie(item.name.host, item.name.subset, item.name.port, item.name.direction,
                    item.resource->name);
  });
  std::ranges::transform(items, selection.begin(), &Item::resource);
}

Result<Selection> select_clusters(const Snapshot& snapshot, const ClusterFilter& filter,
                                  Columns columns) {
  XDSCOPE_TRY_ASSIGN(Selection selection,
                     all_of(snapshot, Section::kClusters, columns, "clusters"));
  const std::string port = fmt::format("|{}|", filter.port);
  std::erase_if(selection, [&](const Resource* resource) {
    const auto lacks = [&](std::string_view part) {
      return resource->name.find(part) == std::string_view::npos;
    };
    return lacks(filter.fqdn) || lacks(filter.direction) || lacks(filter.subset) ||
           (filter.port != 0 && lacks(port));
  });
  sort_by_cluster_name(selection);
  return selection;
}

Result<Selection> select_listeners(const Index& index, const ListenerFilter& filter,
                                   Columns columns) {
  auto all = all_of(index.snapshot(), Section::kListeners, columns, "listeners");
  if (!all) {
    Error error = std::move(all).error();
    if (error.code == ErrorCode::kMissing) error.message = "listener dump: " + error.message;
    return std::unexpected(std::move(error));
  }
  Selection selection = std::move(*all);
  std::erase_if(selection, [&](const Resource* resource) {
    const Listener& listener = index.listener(*resource);
    const bool address = filter.address.empty() ||
                         std::ranges::any_of(listener.addresses, [&](const Address& candidate) {
                           return equals_ignoring_case(listener_address(candidate), filter.address);
                         });
    const bool type =
        filter.type.empty() || equals_ignoring_case(listener_type(listener), filter.type);
    return !address || !type || (filter.port != 0 && listener.primary().port != filter.port);
  });
  std::ranges::stable_sort(selection, {}, [&](const Resource* resource) {
    const Listener& listener = index.listener(*resource);
    return std::tuple(listener.primary().port, listener_address(listener.primary()),
                      listener_type(listener), listener.name);
  });
  return selection;
}

Result<Selection> select_routes(const Snapshot& snapshot, const RouteFilter& filter,
                                Columns columns) {
  XDSCOPE_TRY_ASSIGN(Selection selection, all_of(snapshot, Section::kRoutes, columns, "routes"));
  std::erase_if(selection, [&](const Resource* resource) {
    return !filter.name.empty() && resource->name != filter.name;
  });
  std::ranges::stable_sort(selection, {}, route_order);
  return selection;
}

Selection select_assignments(const Snapshot& snapshot) {
  Selection selection;
  for (const Resource& resource : snapshot.resources(Section::kEndpoints)) {
    if (resource.serves()) selection.push_back(&resource);
  }
  sort_by_cluster_name(selection);
  return selection;
}

std::string management_cell(json::Value metadata) {
  const json::Value config = metadata["filter_metadata"].at("istio").at("config");
  if (config.type() == json::Type::kAbsent) return {};
  // A value that is no text says nothing to istioctl; to ask for it as text notes it.
  const std::string_view path = config.text();
  if (!path.starts_with("/apis/networking.istio.io/")) return "<unknown>";
  const auto parts = split(path, '/');
  if (parts.size() != 8) return {};
  return fmt::format("{}.{}", parts[7], parts[5]);
}

std::string state_cell(const Resource& resource) {
  if (resource.details.empty()) return std::string(state_name(resource.state));
  return fmt::format("{}: {}", state_name(resource.state), resource.details);
}

}  // namespace xdscope::tables
