#include "xdscope/load.h"

#include "dump/load_bytes.h"
#include "support/catch.h"
#include "xdscope/index.h"

using namespace xdscope;

namespace {

std::unique_ptr<Snapshot> load(std::string_view text) {
  auto snapshot = load_text(text, "test.json");
  if (!snapshot) FAIL(snapshot.error().message);
  return std::move(*snapshot);
}

}  // namespace

TEST_CASE("a whole dump: states, names and what Envoy rejected") {
  const auto snapshot = load(R"({"configs": [
    {"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
     "static_listeners": [{"listener": {"name": "s"}}],
     "dynamic_listeners": [
       {"name": "a", "active_state": {"listener": {"name": "a"}},
        "warming_state": {"listener": {"name": "a"}}},
       {"error_state": {"failed_configuration": {"name": "r"}, "details": "duplicate"}}]}]})");
  const auto& listeners = snapshot->resources(Section::kListeners);
  REQUIRE(listeners.size() == 4);
  CHECK(listeners[0].name == "a");
  CHECK(listeners[1].state == ResourceState::kStatic);
  CHECK(listeners[2].state == ResourceState::kWarming);
  CHECK(listeners[3].name == "r");
  CHECK(listeners[3].details == "duplicate");
  CHECK(snapshot->has(Section::kListeners));
  CHECK_FALSE(snapshot->has(Section::kClusters));
}

TEST_CASE("elements directly under configs, camelCase, v2, wrappers and bare resources") {
  const auto elements = load(R"({"configs": [{
    "@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump.DynamicCluster",
    "cluster": {"name": "c"}}]})");
  CHECK(elements->resources(Section::kClusters).at(0).name == "c");
  CHECK(elements->partial(Section::kClusters));

  const auto wrapped = load(R"({"xds": {"eg": {"configs": [{
    "@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump",
    "dynamicRouteConfigs": [{"routeConfig": {"name": "r"}}]}]}}})");
  CHECK(wrapped->resources(Section::kRoutes).at(0).name == "r");

  const auto v2 = load(R"({"configs": {"listeners": {
    "@type": "type.googleapis.com/envoy.admin.v2alpha.ListenersConfigDump",
    "dynamic_active_listeners": [{"listener": {"name": "l"}}]}}})");
  CHECK(v2->resources(Section::kListeners).at(0).name == "l");

  const auto bare =
      load(R"([{"name": "x", "virtualHosts": []}, {"name": "y", "virtualHosts": []}])");
  CHECK(bare->resources(Section::kRoutes).size() == 2);

  const auto bootstrap =
      load(R"({"static_resources": {"clusters": [{"name": "c"}]}, "admin": {}})");
  CHECK(bootstrap->resources(Section::kClusters).at(0).state == ResourceState::kStatic);
}

TEST_CASE("a broken entry is named and the others are kept") {
  const auto snapshot = load(R"({"configs": [
    {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
     "dynamic_active_clusters": [{"cluster": {"name": "a"}}, {"cluster": "oops"}, 7,
                                 {"cluster": {"name": 5}}]},
    {"@type": "type.googleapis.com/envoy.admin.v9.NewConfigDump"}]})");
  CHECK(snapshot->resources(Section::kClusters).size() == 2);
  REQUIRE(snapshot->problems().size() == 3);
  REQUIRE(snapshot->type_problems().size() == 1);
  CHECK(snapshot->type_problems()[0].what == "a number where a string is expected; left out");
  CHECK(snapshot->problems()[0].where == "test.json:3 /configs/0/dynamic_active_clusters/1");
}

TEST_CASE("what is no dump is refused") {
  CHECK(load_text(R"({"a": 1})", "f").error().message ==
        "no Envoy configuration in this JSON (its fields are a)");
  CHECK(load_text("[]", "f").error().code == ErrorCode::kInput);
  CHECK(load_text("", "f").error().message == "the file is empty");
  CHECK_THAT(load_text(R"({"workloads": [{}], "services": [{}]})", "f").error().message,
             ContainsSubstring("ztunnel"));
}

TEST_CASE("the index links by name and counts inline route configurations once") {
  const auto snapshot = load(R"({"configs": [
    {"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
     "dynamic_listeners": [{"name": "l", "active_state": {"listener": {"name": "l",
       "filter_chains": [{"filters": [{"name": "h", "typed_config": {
          "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
          "route_config": {"name": "i", "virtual_hosts": [{"name": "v"}]}}}]},
        {"filters": [{"name": "h", "typed_config": {
          "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
          "rds": {"route_config_name": "80"}}}]}]}}}]},
    {"@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump",
     "static_route_configs": [{"route_config": {"name": "i"}}],
     "dynamic_route_configs": [{"route_config": {"name": "80"}}]},
    {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
     "dynamic_active_clusters": [{"cluster": {"name": "c", "type": "EDS",
        "eds_cluster_config": {"service_name": "svc"}}}, {"cluster": {"name": "d", "type": "EDS"}}]},
    {"@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump",
     "dynamic_endpoint_configs": [{"endpoint_config": {"cluster_name": "svc",
        "endpoints": [{"lb_endpoints": [{"endpoint": {}}]}]}}]}]})");
  const Index index(*snapshot);
  CHECK(index.http_uses().size() == 2);
  REQUIRE(index.route_configs().size() == 2);
  CHECK(index.route_configs()[0].resource == nullptr);
  CHECK(index.route_configs()[1].config->name == "80");
  const Cluster* cluster = index.find_cluster("c");
  REQUIRE(cluster);
  CHECK(index.members(*cluster).count() == 1);
  CHECK(index.members(*index.find_cluster("d")).source == Members::Source::kUnknown);
  CHECK(index.find_cluster("nope") == nullptr);
}

TEST_CASE("a dump of nothing but faults is told in short, and soon") {
  std::string text = R"({"configs": [1)";
  for (int i = 0; i < 200'000; ++i) text += ",1";
  const auto snapshot = load_text(text + "]}", "bad.json");
  REQUIRE(snapshot);
  const auto& problems = (*snapshot)->problems();
  REQUIRE(problems.size() == 101);
  CHECK(problems.back().what == "199901 more parts could not be read");
}

TEST_CASE("a list of dumps is read without complaint") {
  const auto snapshot = load(R"([{"configs": [
    {"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
     "dynamic_active_clusters": [{"cluster": {"name": "c"}}]}]}])");
  CHECK(snapshot->resources(Section::kClusters).size() == 1);
  CHECK(snapshot->type_problems().empty());
}

TEST_CASE("proxies of one name are told apart by where they come from") {
  const auto named = [](const char* name) {
    auto snapshot = load("{\"configs\": []}");
    snapshot->set_name(name);
    return snapshot;
  };
  std::vector<std::unique_ptr<Snapshot>> snapshots;
  for (const char* name : {"p", "q", "p", "p", "p (a)"}) snapshots.push_back(named(name));
  make_names_distinct(snapshots, std::vector<std::string>{"a", "a", "b", "b", "a"});
  std::vector<std::string> names;
  for (const auto& snapshot : snapshots) names.push_back(snapshot->name());
  CHECK(names == std::vector<std::string>{"p (a) 2", "q", "p (b)", "p (b) 2", "p (a)"});
}
