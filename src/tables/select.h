// Which resources a table or a JSON listing shows, in which order: the part that both share.
#pragma once

#include <string_view>
#include <vector>

#include "xdscope/tables.h"

namespace xdscope::tables {

using Selection = std::vector<const Resource*>;

// Those that serve; with Columns::kWide all others, too. Errors as istioctl words them where the
// section is missing ("config dump has no configuration type …") or holds nothing.
Result<Selection> select_clusters(const Snapshot& snapshot, const ClusterFilter& filter,
                                  Columns columns);
Result<Selection> select_listeners(const Index& index, const ListenerFilter& filter,
                                   Columns columns);
Result<Selection> select_routes(const Snapshot& snapshot, const RouteFilter& filter,
                                Columns columns);
// Assignments in order; hosts are not filtered here. Nothing where the dump has no endpoints.
Selection select_assignments(const Snapshot& snapshot);

// Istio's cell for the resource behind a piece of configuration: DESTINATION RULE, VIRTUAL SERVICE
// (istioctl/pkg/writer/envoy/configdump, renderMgmtCell).
std::string management_cell(json::Value metadata);

// The order of clusters by name: host, subset, port, direction.
void sort_by_cluster_name(Selection& selection);

// The state of a resource; for a rejected one with Envoy's reason.
std::string state_cell(const Resource& resource);

Result<void> require_section(const Snapshot& snapshot, Section section);

}  // namespace xdscope::tables
