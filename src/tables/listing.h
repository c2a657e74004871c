// `-o json` and `-o yaml` of proxy-config: the resources behind a table as protobuf JSON.
#pragma once

#include "json/writer.h"
#include "tables/select.h"

namespace xdscope::tables {

// Lists of what the table of the same name shows, filtered and ordered as there; listeners stand in
// the order of the dump, as with istioctl. Whatever fails does so before it writes anything.
Result<void> list_clusters(const Index& index, const ClusterFilter& filter, Columns columns,
                           json::Writer& out);
Result<void> list_listeners(const Index& index, const ListenerFilter& filter, Columns columns,
                            json::Writer& out);
Result<void> list_routes(const Index& index, const RouteFilter& filter, Columns columns,
                         json::Writer& out);
// Whole cluster statuses with at least one host that passes, as istioctl does; for a dump without
// /clusters as list_eds().
Result<void> list_endpoints(const Index& index, const EndpointFilter& filter, json::Writer& out);
// Assignments with the hosts that pass; those left without one are dropped.
Result<void> list_eds(const Index& index, const EndpointFilter& filter, json::Writer& out);

// One message.
Result<void> write_ecds(const Snapshot& snapshot, json::Writer& out);
Result<void> write_secrets(const Snapshot& snapshot, json::Writer& out);
Result<void> write_bootstrap(const Snapshot& snapshot, json::Writer& out);

}  // namespace xdscope::tables
