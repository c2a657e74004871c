// What the sub-commands of proxy-config show of one proxy.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cli/input_options.h"
#include "json/writer.h"
#include "xdscope/tables.h"

namespace xdscope::cli {

struct ProxyConfigOptions {
  std::string output = "short";
  bool verbose = true;
  bool waypoint = false;
  bool with_headers = false;
  std::string fqdn;
  std::string direction;
  std::string subset;
  std::string address;
  std::string type;
  std::string name;
  std::string cluster;
  std::string status;
  std::uint32_t port = 0;
  InputOptions input;
  // What is asked of a running proxy, unless the table is a wide one.
  std::vector<fetch::Question> questions;

  bool is_listing() const { return output == "json" || output == "yaml"; }
  tables::ClusterFilter cluster_filter() const { return {fqdn, direction, subset, port}; }
  tables::ListenerFilter listener_filter() const { return {address, type, port}; }
  tables::RouteFilter route_filter() const { return {name}; }
  tables::EndpointFilter endpoint_filter() const { return {address, cluster, status, port}; }
};

struct View {
  // The table, for -o short and -o wide.
  std::function<Result<tables::Table>(const Index&, const ProxyConfigOptions&, tables::Columns)>
      table;
  // The resources, for -o json and -o yaml. Whatever fails does so before it writes anything.
  std::function<Result<void>(const Index&, const ProxyConfigOptions&, json::Writer&)> list;
};

View cluster_view();
View listener_view();
View route_view();
View endpoint_view();
View eds_view();
View ecds_view();
View secret_view();
View bootstrap_view();

}  // namespace xdscope::cli
