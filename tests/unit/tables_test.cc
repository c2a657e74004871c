#include "xdscope/tables.h"

#include "support/catch.h"
#include "support/loaded_dump.h"
#include "tables/listener_cells.h"
#include "tables/route_cells.h"
#include "tables/select.h"

using namespace xdscope;
using namespace xdscope::tables;
using namespace xdscope::testing;

TEST_CASE("columns are aligned over consecutive rows that have them, in code points") {
  Table table{{"A", "B"}, {{"long cell", "x"}, {"ä", "y"}, {"no second"}, {"z", "w"}}, 2};
  CHECK(to_text(table) ==
        "A          B\n"
        "long cell  x\n"
        "\u00e4          y\n"
        "no second\n"
        "z  w\n");
}

TEST_CASE("an empty column still takes the padding, and escapes cannot reach the terminal") {
  CHECK(to_text({{"A", ""}, {{"", "\x1b[2J"}}, 5}) == "A     \n      \\x1b[2J\n");
}

TEST_CASE("clusters are ordered by host, subset, numeric port, direction") {
  const Loaded dump("ClustersConfigDump", R"("dynamic_active_clusters": [
    {"cluster": {"name": "outbound|9||b"}}, {"cluster": {"name": "outbound|80||a"}},
    {"cluster": {"name": "outbound|9||a"}}, {"cluster": {"name": "inbound|9||a"}},
    {"cluster": {"name": "outbound|9|v|a"}}, {"cluster": {"name": "Passthrough"}},
    {"cluster": {"name": "outbound|x||a|more"}}])");
  const auto table = clusters(dump.index, {}, Columns::kShort);
  CHECK(column(table, 0) == std::vector<std::string>{"", "Passthrough", "a", "a", "a", "a", "b"});
  CHECK(column(table, 1) == std::vector<std::string>{"0", "-", "9", "9", "80", "9", "9"});
  CHECK(column(table, 3)[2] == "inbound");
  CHECK(clusters(dump.index, {"", "inbound", "", 9}, Columns::kShort)->rows.size() == 1);
}

TEST_CASE("what serves is listed; wide shows the rest") {
  const Loaded dump("ClustersConfigDump", R"(
    "dynamic_warming_clusters": [{"cluster": {"name": "w"}}])");
  CHECK(clusters(dump.index, {}, Columns::kShort).error().message == "no clusters found");
  CHECK(clusters(dump.index, {}, Columns::kWide)->rows.at(0).back() == "warming");
  CHECK_THAT(routes(dump.index, {}, Columns::kShort).error().message,
             ContainsSubstring("has no configuration type"));
}

TEST_CASE("domains are shortened as istioctl shortens them") {
  CHECK(domains_cell({}).empty());
  CHECK(domains_cell({"a:80"}) == "a:80");
  CHECK(domains_cell({"a", "a:80", "b"}) == "a, b");
  CHECK(domains_cell({"r.ns.svc.cluster.local", "r", "r.ns.svc", "r.ns", "10.0.0.1"}) ==
        "r, r.ns + 1 more...");
  CHECK(domains_cell({"[::1]", "x"}) == "x");
  CHECK(domains_cell({"[fd00:10:96::7fc7]", "x"}) == "[fd00:10:96::7fc7], x");
  CHECK(domains_cell({"a:1", "b:2"}).empty());
}

TEST_CASE("filter chain matches are told in istioctl's order and words") {
  FilterChainMatch match;
  CHECK(match_cell(match) == "ALL");
  match.destination_port = 15006;
  CHECK(match_cell(match) == "Addr: *:15006");
  match.prefix_ranges = {{"10.0.0.0", 8, {}}, {"::", 0, {}}};
  match.server_names = {"a", "b"};
  match.transport_protocol = "tls";
  match.application_protocols = {"istio-peer-exchange", "istio"};
  CHECK(match_cell(match) == "SNI: a,b; Trans: tls; App: TCP TLS; Addr: 10.0.0.0/8,::/0:15006");
}

TEST_CASE("routes: 404 for a virtual host without routes, passthrough left out, numbers first") {
  const Loaded dump("RoutesConfigDump", R"("dynamic_route_configs": [
    {"route_config": {"name": "b", "virtual_hosts": [{"name": "v", "domains": ["*"]}]}},
    {"route_config": {"name": "80", "virtual_hosts": [{"name": "v", "routes": [
      {"match": {"prefix": "/"}, "route": {"cluster": "PassthroughCluster"}}]}]}},
    {"route_config": {"name": "9", "virtual_hosts": [{"name": "v", "routes": [
      {"match": {"path_separated_prefix": "/x"}, "redirect": {"host_redirect": "h"},
       "metadata": {"filter_metadata": {"istio": {"config": "/apis/other"}}}}]}]}}])");
  const auto table = routes(dump.index, {}, Columns::kShort);
  REQUIRE(table->rows.size() == 2);
  CHECK(table->rows[0] == std::vector<std::string>{"9", "v", "", "PathPrefix:/x", "<unknown>"});
  CHECK(table->rows[1] == std::vector<std::string>{"b", "v", "*", "/*", "404"});
  CHECK(column(virtual_host_counts(dump.index, {}, Columns::kShort), 0) ==
        std::vector<std::string>{"9", "80", "b"});
  CHECK(routes(dump.index, {}, Columns::kWide)->rows.size() == 3);
}

TEST_CASE("endpoints from a dump, without inventing an outlier check") {
  const Loaded dump("EndpointsConfigDump", R"("dynamic_endpoint_configs": [{"endpoint_config":
    {"cluster_name": "c", "endpoints": [{"locality": {"region": "r", "sub_zone": "s"},
      "lb_endpoints": [{"health_status": "UNHEALTHY", "endpoint": {"address": {"socket_address":
        {"address": "fd00::1", "port_value": 80}}}}]}]}}])");
  const auto table = endpoints(dump.index, {}, Columns::kShort);
  CHECK(table->rows.at(0) == std::vector<std::string>{"fd00::1:80", "UNHEALTHY", "-", "c"});
  CHECK(endpoints(dump.index, {"", "", "healthy", 0}, Columns::kShort)->rows.empty());
  CHECK(eds(dump.index, {"fd00::1:80", "", "", 0}, Columns::kShort)->rows.at(0)[2] == "r");
}
