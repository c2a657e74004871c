// Which hosts of a cluster get a request, and when none does.
#include "support/catch.h"
#include "support/dump_text.h"

using namespace xdscope;
using namespace xdscope::testing;

namespace {

// A listener on port 80 whose tcp_proxy leads to the cluster c.
DumpText leading_to(const std::string& cluster,
                    const std::vector<std::string>& endpoint_lists = {}) {
  DumpText text;
  text.listeners = {listener("l", "0.0.0.0", 80, {tcp_chain("c", "{}")})};
  text.clusters = {cluster};
  text.endpoints = endpoint_lists;
  return text;
}

std::vector<Outcome> outcomes_of(const DumpText& text) {
  TracedDump dump(text);
  return dump.trace(request_to("10.0.0.1", 80)).outcomes;
}

std::string static_cluster(const std::string& hosts, const std::string& more = {}) {
  return R"({"name": "c", "type": "STATIC", "load_assignment": {"endpoints": [)" + hosts + "]}" +
         more + "}";
}

std::string locality(const std::vector<std::string>& hosts, const std::string& more = {}) {
  return fmt::format(R"({{"lb_endpoints": [{}]{}}})", fmt::join(hosts, ","), more);
}

std::string custom(const std::string& type, const std::string& more = {}) {
  return R"({"name": "c", "cluster_type": {"name": "x", "typed_config": {"@type":
      "type.googleapis.com/envoy.extensions.clusters.)" +
         type + R"(.v3.ClusterConfig")" + more + "}}}";
}

using Addresses = std::vector<std::string>;

}  // namespace

TEST_CASE("a dynamic forward proxy is no aggregate, and its hosts are not listed") {
  const auto outcomes =
      outcomes_of(leading_to(custom("dynamic_forward_proxy"), {R"({"cluster_name": "c"})"}));
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].kind == Outcome::Kind::kForward);
  CHECK(outcomes[0].endpoints == nullptr);
}

TEST_CASE("an aggregate spreads over the priorities of all its members") {
  DumpText text = leading_to(custom("aggregate", R"(, "clusters": ["gone", "a", "b"])"));
  text.clusters.push_back(eds_cluster("a"));
  text.clusters.push_back(eds_cluster("b"));
  text.endpoints = {endpoints("a", {{lb_endpoint("1.1.1.1"), lb_endpoint("1.1.1.2", "TIMEOUT")}}),
                    endpoints("b", {{lb_endpoint("2.2.2.1")}})};
  const auto outcomes = outcomes_of(text);
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].share == Approx(0.7));
  CHECK(*outcomes[0].endpoints == Addresses{"1.1.1.1:80"});
  CHECK(*outcomes[1].endpoints == Addresses{"2.2.2.1:80"});
}

TEST_CASE("where every priority panics, load goes by the number of hosts") {
  std::vector<std::string> first(10, lb_endpoint("1.0.0.1", "TIMEOUT"));
  std::vector<std::string> second(20, lb_endpoint("2.0.0.1", "TIMEOUT"));
  first[0] = second[0] = lb_endpoint("3.0.0.1");
  TracedDump dump(
      leading_to(static_cluster(locality(first) + "," + locality(second, R"(, "priority": 1)"))));
  const TraceResult result = dump.trace(request_to("10.0.0.1", 80));
  CHECK_THAT(result.steps.back().notes.front(), ContainsSubstring("priority 0 takes 34 %"));
}

TEST_CASE("localities without weight serve where no other has a host that can") {
  const std::string weighted = R"(, "common_lb_config": {"locality_weighted_lb_config": {}})";
  const std::string hosts =
      locality({lb_endpoint("1.1.1.1")}) + "," +
      locality({lb_endpoint("1.1.1.2", "TIMEOUT")}, R"(, "load_balancing_weight": 1)");
  auto outcomes = outcomes_of(leading_to(static_cluster(hosts, weighted)));
  REQUIRE(outcomes.size() == 1);
  CHECK(*outcomes[0].endpoints == Addresses{"1.1.1.1:80"});
  // The table of a hashing policy has no such exception.
  outcomes =
      outcomes_of(leading_to(static_cluster(hosts, weighted + R"(, "lb_policy": "MAGLEV")")));
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].flags == "UH");
}

TEST_CASE("degraded hosts are in no hash table") {
  const std::string hosts = locality({lb_endpoint("1.1.1.1", "DEGRADED")});
  CHECK(outcomes_of(leading_to(static_cluster(hosts)))[0].kind == Outcome::Kind::kForward);
  CHECK(outcomes_of(leading_to(static_cluster(hosts, R"(, "lb_policy": "RING_HASH")")))[0].flags ==
        "UH");
}

TEST_CASE("draining hosts do not count for panic") {
  const std::string hosts = locality({lb_endpoint("1.1.1.1"), lb_endpoint("1.1.1.2", "DRAINING"),
                                      lb_endpoint("1.1.1.3", "DRAINING")});
  const auto outcomes = outcomes_of(leading_to(static_cluster(hosts)));
  REQUIRE(outcomes.size() == 1);
  CHECK(*outcomes[0].endpoints == Addresses{"1.1.1.1:80"});
}

TEST_CASE("endpoints that are unhealthy in the dump may drain: what rests on it is not certain") {
  const std::vector<std::string> hosts = {lb_endpoint("1.1.1.1"),
                                          lb_endpoint("1.1.1.2", "UNHEALTHY"),
                                          lb_endpoint("1.1.1.3", "UNHEALTHY")};
  const auto outcomes = outcomes_of(leading_to(
      eds_cluster("c", R"(, "common_lb_config": {"zone_aware_lb_config": {"fail_traffic_on_panic":
          true}})"),
      {endpoints("c", {hosts})}));
  CHECK_FALSE(outcomes[0].certain);
  // Without that option all that differs is which hosts.
  CHECK(outcomes_of(leading_to(eds_cluster("c"), {endpoints("c", {hosts})}))[0].certain);
}

TEST_CASE("load_balancing_policy overrides the old fields") {
  const std::string hosts = locality({lb_endpoint("1.1.1.1", "TIMEOUT")});
  const std::string policy = R"(, "load_balancing_policy": {"policies": [{"typed_extension_config":
      {"name": "p", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.)"
                             R"(load_balancing_policies.round_robin.v3.RoundRobin",
      "locality_lb_config": {"zone_aware_lb_config": {"fail_traffic_on_panic": true}}}}}]})";
  CHECK(outcomes_of(leading_to(static_cluster(hosts)))[0].kind == Outcome::Kind::kForward);
  CHECK(outcomes_of(leading_to(static_cluster(hosts, policy)))[0].flags == "UH");
  const std::string unknown = R"(, "load_balancing_policy": {"policies": [{"typed_extension_config":
      {"name": "own", "typed_config": {"@type": "type.googleapis.com/own.Policy"}}}]})";
  CHECK_FALSE(outcomes_of(leading_to(static_cluster(hosts, unknown)))[0].certain);
}

TEST_CASE("tcp_proxy drops nothing for overload") {
  const std::string cluster = static_cluster(locality({lb_endpoint("1.1.1.1")}) +
                                             R"(], "policy": {"drop_overloads": [{"category": "d",
          "drop_percentage": {"numerator": 100}}]}, "x": [)");
  CHECK(outcomes_of(leading_to(cluster))[0].kind == Outcome::Kind::kForward);
}

TEST_CASE("clusters that share the name of their endpoints may differ in health") {
  const auto outcomes =
      outcomes_of(leading_to(eds_cluster("c", R"(, "eds_cluster_config": {"service_name": "s"})"),
                             {endpoints("s", {{lb_endpoint("1.1.1.1")}}),
                              endpoints("s", {{lb_endpoint("1.1.1.1", "UNHEALTHY")}})}));
  CHECK_FALSE(outcomes[0].certain);
}

TEST_CASE("a filter before tcp_proxy may set the cluster") {
  DumpText text = leading_to(static_cluster(locality({lb_endpoint("1.1.1.1")})));
  text.listeners = {R"({"name": "l", "address": )" + socket_address("0.0.0.0", 80) +
                    R"(, "filter_chains": [{"filters": [{"name": "s", "typed_config": {"@type":
      "type.googleapis.com/envoy.extensions.filters.network.set_filter_state.v3.Config",
      "on_new_connection": [{"object_key": "envoy.tcp_proxy.cluster", "format_string":
        {"text_format_source": {"inline_string": "c"}}}]}},
      {"name": "t", "typed_config": {"@type":
      "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      "cluster": "other"}}]}]})"};
  const auto outcomes = outcomes_of(text);
  CHECK(outcomes[0].kind == Outcome::Kind::kForward);
  CHECK(outcomes[0].cluster == "c");
}

TEST_CASE("source types and ports that chains differ by need a client that is known") {
  DumpText text = leading_to(static_cluster(locality({lb_endpoint("1.1.1.1")})));
  text.listeners = {listener("l", "0.0.0.0", 80,
                             {tcp_chain("c", R"({"source_type": "EXTERNAL"})"),
                              tcp_chain("d", R"({"source_type": "SAME_IP_OR_LOOPBACK"})")})};
  TracedDump dump(text);
  TraceRequest request = request_to("10.0.0.1", 80);
  CHECK_FALSE(dump.one(request).certain);
  // Of all loopback, only this address is local to Envoy.
  request.source = "127.0.0.2";
  CHECK(dump.one(request).cluster == "c");
  request.source = "127.0.0.1";
  CHECK(dump.one(request).flags == "NC");
}

TEST_CASE("a connection that is not redirected keeps its own destination") {
  DumpText text = leading_to(static_cluster(locality({lb_endpoint("1.1.1.1")})));
  const std::string original_dst =
      R"(, "listener_filters": [{"name": "envoy.filters.listener.original_dst"}],
         "traffic_direction": "INBOUND")";
  text.listeners = {
      listener("virtualInbound", "0.0.0.0", 15006, {tcp_chain("d", "{}")}, original_dst),
      listener("own", "0.0.0.0", 9090, {tcp_chain("c", R"({"destination_port": 9090})")},
               R"(, "traffic_direction": "INBOUND")")};
  TracedDump dump(text);
  TraceRequest request = request_to("10.0.0.1", 9090);
  request.direction = TraceRequest::Direction::kInbound;
  CHECK(dump.one(request).cluster == "c");
}
