#include "json/json_writer.h"
#include "support/catch.h"
#include "support/loaded_dump.h"
#include "tables/endpoint_cells.h"
#include "tables/listing.h"

using namespace xdscope;
using namespace xdscope::tables;
using namespace xdscope::testing;

namespace {

using Row = std::vector<std::string>;

Loaded assignment(const std::string& localities) {
  return Loaded("EndpointsConfigDump",
                fmt::format(R"("dynamic_endpoint_configs": [{{"endpoint_config":
                            {{"cluster_name": "c", "endpoints": [{}]}}}}])",
                            localities));
}

std::unique_ptr<Snapshot> statuses(const std::string& hosts) {
  return std::move(*load_text(
      fmt::format(R"({{"cluster_statuses": [{{"name": "c", "host_statuses": [{}]}}]}})", hosts),
      "clusters.json"));
}

constexpr const char* kOneOfEachKind = R"(
    {"address": {"pipe": {"path": "/p"}}},
    {"address": {"envoy_internal_address": {"server_listener_name": "l", "endpoint_id": "1"}}},
    {"address": {"envoy_internal_address": {}}},
    {"address": {"socket_address": {"address": "fd00::1", "port_value": 80}}},
    {"address": {"socket_address": {"address": "10.0.0.1", "port_value": 80}}},
    {"address": {"socket_address": {"address": "10.0.0.1", "port_value": 9}}})";

}  // namespace

TEST_CASE("hosts are ordered by the address that is shown: pipes after numbers") {
  const auto snapshot = statuses(kOneOfEachKind);
  CHECK(column(endpoints(Index(*snapshot), {}, Columns::kShort), 0) ==
        Row{"10.0.0.1:9", "10.0.0.1:80", "envoy://l/1", "fd00::1:80", "unix:///p", "unknown"});
}

TEST_CASE("hosts are found by the address that is shown") {
  const auto snapshot = statuses(kOneOfEachKind);
  const auto found = [&](const std::string& address) {
    return column(endpoints(Index(*snapshot), {address, "", "", 0}, Columns::kShort), 0);
  };
  CHECK(found("10.0.0.1") == Row{"10.0.0.1:9", "10.0.0.1:80"});
  CHECK(found("UNIX:///p") == Row{"unix:///p"});
  CHECK(found("envoy://l/1") == Row{"envoy://l/1"});
  CHECK(found("unknown") == Row{"unknown"});
  CHECK(found("/p").empty());
  CHECK(found("l").empty());
}

TEST_CASE("endpoints of a dump are found by any of their addresses") {
  const Loaded dump = assignment(R"({"lb_endpoints": [
    {"endpoint": {"address": {"socket_address": {"address": "fd00::1", "port_value": 80}},
      "additional_addresses": [
        {"address": {"socket_address": {"address": "10.0.0.9", "port_value": 81}}}]}},
    {"endpoint": {"address": {"envoy_internal_address":
      {"server_listener_name": "l", "endpoint_id": "10.0.0.8:80"}}}},
    {"endpoint_name": "elsewhere"}]})");
  const auto found = [&](const std::string& address) {
    return column(eds(dump.index, {address, "", "", 0}, Columns::kShort), 0);
  };
  CHECK(found("") == Row{"fd00::1:80,10.0.0.9:81", "envoy://l/10.0.0.8:80", "unknown"});
  CHECK(found("10.0.0.9:81") == Row{"fd00::1:80,10.0.0.9:81"});
  CHECK(found("10.0.0.9") == Row{"fd00::1:80,10.0.0.9:81"});
  CHECK(found("envoy://l/10.0.0.8:80") == Row{"envoy://l/10.0.0.8:80"});
  CHECK(found("10.0.0.8").empty());
}

TEST_CASE("a locality is told up to its first empty part after the region") {
  CHECK(locality_cell({"r", "z", "s"}) == "r/z/s");
  CHECK(locality_cell({"r", "", "s"}) == "r");
  CHECK(locality_cell({"", "z", ""}) == "/z");
  CHECK(locality_cell({}).empty());
}

TEST_CASE("a listing has no empty list for a locality without hosts that pass") {
  const Loaded dump = assignment(R"(
    {"priority": 1, "lb_endpoints": [{"health_status": "UNHEALTHY"}]},
    {"lb_endpoints": [{"health_status": "HEALTHY"}]})");
  json::TextSink sink;
  json::JsonWriter out(sink);
  REQUIRE(list_eds(dump.index, {"", "", "healthy", 0}, out));
  const std::string text(sink.text());
  CHECK_THAT(text, ContainsSubstring(R"("priority": 1)"));
  CHECK(text.find("lbEndpoints") == text.rfind("lbEndpoints"));
}

TEST_CASE("what LEDS delivers is not counted as no endpoints") {
  const auto snapshot = std::move(*load_text(R"({"configs": [
    {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "dynamic_active_clusters": [
      {"cluster": {"name": "c", "type": "EDS"}}]},
    {"@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump",
     "dynamic_endpoint_configs": [{"endpoint_config": {"cluster_name": "c", "endpoints": [
       {"leds_cluster_locality_config": {"leds_collection_name": "x"}}]}}]}]})",
                                             "dump.json"));
  CHECK(clusters(Index(*snapshot), {}, Columns::kWide)->rows.at(0).at(6) == "unknown");
}

TEST_CASE("every reason for which a host is passed over is told") {
  const auto snapshot = statuses(R"({"health_status": {"active_hc_timeout": true,
    "excluded_via_immediate_hc_fail": true, "pending_active_hc": true,
    "failed_active_degraded_check": true, "failed_active_health_check": true}}, {})");
  CHECK(column(endpoints(Index(*snapshot), {}, Columns::kWide), 8) ==
        Row{"failed health check, health check timed out, degraded, health check pending, excluded",
            "-"});
}

TEST_CASE("a cluster's own transport socket is told beside those that match by metadata") {
  const Loaded dump("ClustersConfigDump", R"("dynamic_active_clusters": [{"cluster": {"name": "c",
    "transport_socket_matches": [{"name": "m", "match": {"a": "b"}, "transport_socket":
      {"typed_config": {"@type": "t/x.RawBuffer"}}}],
    "transport_socket": {"typed_config": {"@type": "t/x.UpstreamTlsContext"}}}}])");
  CHECK(clusters(dump.index, {}, Columns::kWide)->rows.at(0).at(7) == "m: none, else: TLS");
}

TEST_CASE("a weight that is no number is told, and not taken for the default in silence") {
  const Loaded dump = assignment(R"({"priority": {}, "lb_endpoints": [
    {"load_balancing_weight": "much"}, {"load_balancing_weight": -1}]})");
  CHECK(column(eds(dump.index, {}, Columns::kWide), 5) == Row{"1", "1"});
  CHECK(dump.snapshot->type_problems().size() == 2);
}
