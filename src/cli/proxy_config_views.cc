#include "cli/proxy_config_views.h"

#include <fmt/format.h>

#include "base/try.h"
#include "cli/clock.h"
#include "cli/terminal.h"
#include "tables/listing.h"

namespace xdscope::cli {
namespace {

using tables::Columns;
using tables::Table;

void warn_without_endpoints(const Index& index) {
  if (index.snapshot().has(Section::kEndpoints)) return;
  warn(
      fmt::format("{} has no endpoints; take the dump with ?include_eds", index.snapshot().name()));
}

}  // namespace

View cluster_view() {
  return {[](const Index& index, const ProxyConfigOptions& options, Columns columns) {
            return tables::clusters(index, options.cluster_filter(), columns);
          },
          [](const Index& index, const ProxyConfigOptions& options, json::Writer& out) {
            return tables::list_clusters(index, options.cluster_filter(), Columns::kShort, out);
          }};
}

View listener_view() {
  return {
      [](const Index& index, const ProxyConfigOptions& options, Columns columns) -> Result<Table> {
        if (options.waypoint) return tables::waypoint_listeners(index);
        if (!options.verbose) {
          return tables::listener_types(index, options.listener_filter(), columns);
        }
        return tables::listeners(index, options.listener_filter(), columns);
      },
      [](const Index& index, const ProxyConfigOptions& options, json::Writer& out) {
        return tables::list_listeners(index, options.listener_filter(), Columns::kShort, out);
      }};
}

View route_view() {
  return {
      [](const Index& index, const ProxyConfigOptions& options, Columns columns) -> Result<Table> {
        if (!options.verbose) {
          return tables::virtual_host_counts(index, options.route_filter(), columns);
        }
        return tables::routes(index, options.route_filter(), columns);
      },
      [](const Index& index, const ProxyConfigOptions& options, json::Writer& out) {
        return tables::list_routes(index, options.route_filter(), Columns::kShort, out);
      }};
}

View endpoint_view() {
  return {[](const Index& index, const ProxyConfigOptions& options, Columns columns) {
            return tables::endpoints(index, options.endpoint_filter(), columns);
          },
          [](const Index& index, const ProxyConfigOptions& options, json::Writer& out) {
            return tables::list_endpoints(index, options.endpoint_filter(), out);
          }};
}

View eds_view() {
  return {[](const Index& index, const ProxyConfigOptions& options, Columns columns) {
            warn_without_endpoints(index);
            return tables::eds(index, options.endpoint_filter(), columns);
          },
          [](const Index& index, const ProxyConfigOptions& options, json::Writer& out) {
            warn_without_endpoints(index);
            return tables::list_eds(index, options.endpoint_filter(), out);
          }};
}

View ecds_view() {
  return {[](const Index& index, const ProxyConfigOptions&, Columns columns) {
            return tables::ecds(index.snapshot(), columns);
          },
          [](const Index& index, const ProxyConfigOptions&, json::Writer& out) {
            return tables::write_ecds(index.snapshot(), out);
          }};
}

View secret_view() {
  return {[](const Index& index, const ProxyConfigOptions&, Columns columns) -> Result<Table> {
            XDSCOPE_TRY_ASSIGN(const std::int64_t now, current_time());
            return tables::secrets(index.snapshot(), now, columns);
          },
          [](const Index& index, const ProxyConfigOptions&, json::Writer& out) {
            return tables::write_secrets(index.snapshot(), out);
          }};
}

View bootstrap_view() {
  return {[](const Index& index, const ProxyConfigOptions&, Columns) {
            return tables::bootstrap_summary(index.snapshot());
          },
          [](const Index& index, const ProxyConfigOptions&, json::Writer& out) {
            return tables::write_bootstrap(index.snapshot(), out);
          }};
}

}  // namespace xdscope::cli
