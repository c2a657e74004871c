#include <ctime>

#include "json/json_writer.h"
#include "support/catch.h"
#include "support/loaded_dump.h"
#include "tables/listing.h"

using namespace xdscope;
using namespace xdscope::tables;
using namespace xdscope::testing;

namespace {

using Row = std::vector<std::string>;

// One listener, "l", with chains of these names.
Loaded waypoint(const std::string& matcher, const Row& chains) {
  std::string list;
  for (const std::string& name : chains) {
    list += fmt::format(R"({}{{"name": "{}"}})", list.empty() ? "" : ", ", name);
  }
  return Loaded("ListenersConfigDump",
                fmt::format(R"("dynamic_listeners": [{{"active_state": {{"listener":
                  {{"name": "l", "internal_listener": {{}}, "filter_chain_matcher": {},
                    "filter_chains": [{}]}}}}}}])",
                            matcher, list));
}

std::string action(const std::string& name) {
  return fmt::format(R"({{"action": {{"name": "{}"}}}})", name);
}

}  // namespace

TEST_CASE("waypoint: a row for each way to a filter chain, chains as in the dump") {
  const Loaded dump =
      waypoint(fmt::format(R"({{"on_no_match": {}, "matcher_tree": {{"input": {{"name": "ip"}},
        "custom_match": {{"typed_config":
          {{"@type": "type.googleapis.com/xds.type.matcher.v3.IPMatcher", "range_matchers": [
            {{"ranges": [{{"address_prefix": "10.0.0.2", "prefix_len": 32}},
                         {{"address_prefix": "10.0.0.0", "prefix_len": 8}},
                         {{"address_prefix": "fd00::", "prefix_len": 32}}],
              "on_match": {{"matcher": {{"on_no_match": {}, "matcher_tree": {{
                "input": {{"name": "port"}}, "exact_match_map": {{"map": {{"80": {}}}}}}}}}}}
            }}]}}}}}}}})",
                           action("rest"), action("tcp"), action("http")),
               {"http", "rest", "tcp", "stray"});
  const auto table = waypoint_listeners(dump.index);
  CHECK(column(table, 1) == Row{"http", "http", "http", "rest", "tcp", "tcp", "tcp", "stray"});
  CHECK(column(table, 2) == Row{"ip=10.0.0.0/8 -> port=80", "ip=10.0.0.2 -> port=80",
                                "ip=fd00::/32 -> port=80", "UNMATCHED", "ip=10.0.0.0/8 -> ANY",
                                "ip=10.0.0.2 -> ANY", "ip=fd00::/32 -> ANY", "NONE"});
}

TEST_CASE("waypoint: domains lead to chains; an unknown kind of tree makes none unreachable") {
  const auto matches = [](const std::string& custom) {
    return column(
        waypoint_listeners(waypoint(fmt::format(R"({{"matcher_tree": {{"input": {{"name": "sni"}},
                                            "custom_match": {{"typed_config": {}}}}}}})",
                                                custom),
                                    {"a"})
                               .index),
        2);
  };
  CHECK(matches(R"({"@type": "type.googleapis.com/xds.type.matcher.v3.ServerNameMatcher",
                    "domain_matchers": [{"domains": ["x", "*.y"],
                                         "on_match": {"action": {"name": "a"}}}]})") ==
        Row{"sni=*.y", "sni=x"});
  CHECK(matches(R"({"@type": "type.googleapis.com/other.Matcher"})") == Row{"UNKNOWN"});
}

TEST_CASE("waypoint: a way of many steps is not cut short") {
  std::string matcher = R"({"on_no_match": {"action": {"name": "a"}}})";
  for (int i = 0; i < 50; ++i) {
    matcher = fmt::format(R"({{"matcher_tree": {{"input": {{"name": "i"}}, "exact_match_map":
                            {{"map": {{"{}": {{"matcher": {}}}}}}}}}}})",
                          i, matcher);
  }
  const auto table = waypoint_listeners(waypoint(matcher, {"a"}).index);
  CHECK_THAT(table->rows.at(0).at(2), ContainsSubstring("i=49 -> i=48"));
  CHECK(table->rows.at(0).at(2).ends_with("i=0 -> ANY"));
}

TEST_CASE("waypoint: thousands of chains take one walk through the tree") {
  constexpr int kMany = 5000;
  std::string map;
  Row chains;
  for (int i = 0; i < kMany; ++i) {
    map += fmt::format(R"({}"{}": {})", i == 0 ? "" : ",", i, action(std::to_string(i)));
    chains.push_back(std::to_string(i));
  }
  const Loaded dump = waypoint(fmt::format(R"({{"matcher_tree": {{"input": {{"name": "i"}},
                                            "exact_match_map": {{"map": {{{}}}}}}}}})",
                                           map),
                               chains);
  const std::clock_t start = std::clock();
  const auto table = waypoint_listeners(dump.index);
  CHECK(std::clock() - start < CLOCKS_PER_SEC);
  REQUIRE(table->rows.size() == kMany);
  CHECK(table->rows.back() == Row{"envoy://l", "4999", "i=4999", "Non-HTTP/Non-TCP"});
}

TEST_CASE("waypoint: internal listeners, which have no port, stand first and by name") {
  const Loaded dump("ListenersConfigDump", R"("dynamic_listeners": [
    {"active_state": {"listener": {"name": "s", "filter_chains": [{}],
      "address": {"socket_address": {"address": "0.0.0.0", "port_value": 15008}}}}},
    {"active_state": {"listener": {"name": "b", "internal_listener": {}, "filter_chains": [{}]}}},
    {"active_state": {"listener": {"name": "a", "internal_listener": {}, "filter_chains":
      [{"filters": [{"name": "envoy.filters.network.tcp_proxy"}]}]}}}])");
  CHECK(column(waypoint_listeners(dump.index), 0) == Row{"envoy://a", "envoy://b", "envoy://s"});
}

TEST_CASE("an internal listener has no address to be found by") {
  const Loaded dump("ListenersConfigDump", R"("dynamic_listeners": [
    {"active_state": {"listener": {"name": "l", "address": {"envoy_internal_address":
      {"server_listener_name": "l"}}}}}])");
  CHECK(listener_types(dump.index, {"", "", 0}, Columns::kShort)->rows.size() == 1);
  CHECK(listener_types(dump.index, {"l", "", 0}, Columns::kShort)->rows.empty());
}

TEST_CASE("a refused listener of which the dump says nothing has no port 0") {
  const Loaded dump("ListenersConfigDump", R"("dynamic_listeners": [
    {"name": "l", "error_state": {"details": "why"}}])");
  CHECK(listeners(dump.index, {}, Columns::kWide)->rows.at(0) ==
        Row{"l", "-", "-", "-", "-", "-", "-", "-", "rejected: why"});
}

TEST_CASE("listeners are listed in the order of the dump") {
  const Loaded dump("ListenersConfigDump", R"("dynamic_listeners": [
    {"active_state": {"listener": {"name": "b", "address": {"socket_address": {"port_value": 2}}}}},
    {"active_state": {"listener": {"name": "a", "address":
      {"socket_address": {"port_value": 1}}}}}])");
  json::TextSink sink;
  json::JsonWriter out(sink);
  REQUIRE(list_listeners(dump.index, {}, Columns::kShort, out));
  const std::string text(sink.text());
  CHECK(text.find(R"("name": "b")") < text.find(R"("name": "a")"));
}
