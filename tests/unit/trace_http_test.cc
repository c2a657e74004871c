// HTTP filters, clusters and endpoints: what a request comes to.
#include <cmath>

#include "support/catch.h"
#include "support/dump_text.h"
#include "trace/why.h"

using namespace xdscope;
using namespace xdscope::testing;

namespace {

std::string filter(const std::string& name, const std::string& type, const std::string& config) {
  return R"({"name": ")" + name + R"(", "typed_config": {"@type": "type.googleapis.com/)" + type +
         "\"" + (config.empty() ? "" : "," + config) + "}}";
}
std::string rbac(const std::string& config) {
  return filter("envoy.filters.http.rbac", "envoy.extensions.filters.http.rbac.v3.RBAC", config);
}
std::string jwt(const std::string& requires_) {
  return filter(
      "envoy.filters.http.jwt_authn",
      "envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
      R"("providers": {"p": {"issuer": "me", "local_jwks": {"inline_string": "{\"keys\":[]}"}}},
                   "rules": [{"match": {"prefix": "/api"}, "requires": )" +
          requires_ + "}]");
}

const std::string kRoutes =
    R"("route_config": {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
       {"name": "one", "match": {"prefix": "/"}, "route": {"cluster": "c"}}]}]})";

// A dump with one listener on port 80 and the cluster c, which has a host.
DumpText proxy(const std::string& filters = {}, const std::string& routes = kRoutes,
               const std::string& more = {}) {
  DumpText dump;
  dump.listeners = {listener("l", "0.0.0.0", 80, {http_chain(routes, filters, more)})};
  dump.clusters = {eds_cluster("c")};
  dump.endpoints = {endpoints("c", {{lb_endpoint("1.1.1.1")}})};
  return dump;
}

TraceRequest get(const std::string& path = "/") { return request_to("10.0.0.1", 80, "h", path); }

Outcome outcome_of(const DumpText& text, const TraceRequest& request = get()) {
  return TracedDump(text).one(request);
}

}  // namespace

TEST_CASE("a request is forwarded to its cluster's endpoints") {
  const Outcome outcome = outcome_of(proxy());
  CHECK(outcome.kind == Outcome::Kind::kForward);
  CHECK(outcome.cluster == "c");
  CHECK(outcome.route == "one");
  REQUIRE(outcome.endpoints != nullptr);
  CHECK(*outcome.endpoints == std::vector<std::string>{"1.1.1.1:80"});
}

TEST_CASE("a route configuration that was not delivered means 404 NR") {
  const Outcome outcome = outcome_of(proxy({}, R"("rds": {"route_config_name": "9080"})"));
  CHECK(outcome.code == 404);
  CHECK(outcome.flags == "NR");
  CHECK_THAT(outcome.reason, ContainsSubstring("9080"));
}

TEST_CASE("a cluster that only warms is missing") {
  DumpText text = proxy();
  text.clusters.clear();
  text.warming_clusters = {eds_cluster("c")};
  const Outcome outcome = outcome_of(text);
  CHECK(outcome.code == 503);
  CHECK(outcome.flags == "NC");
  CHECK(outcome.details == "cluster_not_found");
  CHECK_FALSE(outcome.cluster);
  CHECK_THAT(outcome.reason, ContainsSubstring("warming"));
}

TEST_CASE("no endpoint, and endpoints that are all down") {
  DumpText text = proxy();
  text.endpoints = {endpoints("c", {})};
  CHECK(outcome_of(text).flags == "UH");

  text.endpoints = {endpoints("c", {{lb_endpoint("1.1.1.1", "UNHEALTHY")}})};
  CHECK(outcome_of(text).kind == Outcome::Kind::kForward);  // panic

  text.clusters = {eds_cluster("c", R"(, "common_lb_config": {"healthy_panic_threshold": {}})")};
  CHECK(outcome_of(text).flags == "UH");
}

TEST_CASE("a lower priority takes all where the first is down, without panic") {
  DumpText text = proxy();
  text.endpoints = {
      endpoints("c", {{lb_endpoint("1.1.1.1", "UNHEALTHY")}, {lb_endpoint("2.2.2.2")}})};
  CHECK(*outcome_of(text).endpoints == std::vector<std::string>{"2.2.2.2:80"});
}

TEST_CASE("endpoints that the dump does not hold are unknown, not missing") {
  DumpText text = proxy();
  text.endpoints.clear();
  const std::string whole = text.text();
  const auto cut =
      whole.find(R"(,{"@type": "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump)");
  REQUIRE(cut != std::string::npos);
  const auto snapshot = load_text(whole.substr(0, cut) + "]}", "d");
  REQUIRE(snapshot);
  const Index index(**snapshot);
  const auto result = Tracer(index).trace(get());
  REQUIRE(result);
  CHECK(result->outcomes.front().kind == Outcome::Kind::kForward);
  CHECK(result->outcomes.front().endpoints == nullptr);
}

TEST_CASE("circuit breakers of zero") {
  DumpText text = proxy();
  text.clusters = {
      eds_cluster("c", R"(, "circuit_breakers": {"thresholds": [{"max_pending_requests": 0}]})")};
  CHECK(outcome_of(text).flags == "UO");
  text.clusters = {
      eds_cluster("c", R"(, "circuit_breakers": {"thresholds": [{"max_connections": 0}]})")};
  CHECK(outcome_of(text).kind == Outcome::Kind::kForward);
}

TEST_CASE("a subset that no route asks for and no fallback") {
  DumpText text = proxy();
  text.clusters = {
      eds_cluster("c", R"(, "lb_subset_config": {"subset_selectors": [{"keys": ["v"]}]})")};
  CHECK(outcome_of(text).flags == "UH");
  text.clusters = {eds_cluster(
      "c",
      R"(, "lb_subset_config": {"fallback_policy": "ANY_ENDPOINT", "subset_selectors": [{"keys": ["v"]}]})")};
  CHECK(outcome_of(text).kind == Outcome::Kind::kForward);
}

TEST_CASE("weights share, and a missing cluster takes its part") {
  DumpText text =
      proxy({}, R"("route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
      {"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": [
       {"name": "a", "weight": 90}, {"name": "c", "weight": 10}]}}}]}]})");
  const TraceResult result = TracedDump(text).trace(get());
  REQUIRE(result.outcomes.size() == 2);
  CHECK(result.outcomes[0].flags == "NC");
  CHECK(std::abs(result.outcomes[0].share - 0.9) < 1e-9);
  CHECK(result.outcomes[1].cluster == "c");
}

TEST_CASE("RBAC: ALLOW nothing, DENY by name, no rules") {
  const Outcome nothing = outcome_of(proxy(rbac(R"("rules": {})")));
  CHECK(nothing.code == 403);
  CHECK(nothing.details == "rbac_access_denied_matched_policy[none]");
  CHECK(nothing.cluster == "c");
  const Outcome denied = outcome_of(proxy(rbac(
      R"("rules": {"action": "DENY", "policies": {"ns[x]-policy[p]-rule[0]": {
         "permissions": [{"any": true}], "principals": [{"any": true}]}}})")));
  CHECK(denied.details == "rbac_access_denied_matched_policy[ns[x]-policy[p]-rule[0]]");
  CHECK(outcome_of(proxy(rbac(""))).kind == Outcome::Kind::kForward);
}

TEST_CASE("RBAC: a principal that is not known makes the result unknown") {
  const auto text = proxy(rbac(R"("rules": {"policies": {"p": {"permissions": [{"any": true}],
      "principals": [{"source_ip": {"address_prefix": "10.0.0.0", "prefix_len": 8}}]}}})"));
  const TraceResult result = TracedDump(text).trace(get());
  REQUIRE(result.outcomes.size() == 2);
  CHECK_FALSE(result.outcomes[0].certain);
  CHECK_FALSE(result.outcomes[1].certain);
  TraceRequest request = get();
  request.source = "10.1.1.1";
  CHECK(outcome_of(text, request).kind == Outcome::Kind::kForward);
  request.source = "11.1.1.1";
  CHECK(outcome_of(text, request).code == 403);
}

TEST_CASE("filters run before the router tells that there is no route") {
  const Outcome outcome =
      outcome_of(proxy(rbac(R"("rules": {})"), R"("rds": {"route_config_name": "x"})"));
  CHECK(outcome.code == 403);
}

TEST_CASE("jwt_authn: required, allowed to be missing, and of bad form") {
  const std::string provider = R"({"provider_name": "p"})";
  const Outcome missing = outcome_of(proxy(jwt(provider)), get("/api"));
  CHECK(missing.code == 401);
  CHECK(missing.details == "jwt_authn_access_denied{Jwt_is_missing}");
  CHECK(outcome_of(proxy(jwt(provider)), get("/x")).kind == Outcome::Kind::kForward);
  const std::string optional =
      R"({"requires_any": {"requirements": [{"provider_name": "p"}, {"allow_missing": {}}]}})";
  CHECK(outcome_of(proxy(jwt(optional)), get("/api")).kind == Outcome::Kind::kForward);
  TraceRequest request = get("/api");
  request.headers = {{"authorization", "Bearer bad.token.x"}};
  CHECK(outcome_of(proxy(jwt(optional)), request).details ==
        "jwt_authn_access_denied{Jwt_header_is_an_invalid_JSON}");
  // {"alg":"RS256"}.{"iss":"you"}.x
  request.headers = {{"authorization", "Bearer eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ5b3UifQ.eHh4"}};
  CHECK(outcome_of(proxy(jwt(optional)), request).details ==
        "jwt_authn_access_denied{Jwt_issuer_is_not_configured}");
}

TEST_CASE("a fault on the route, whole and in part") {
  const auto routes = [](int percent) {
    return fmt::format(
        R"("route_config": {{"virtual_hosts": [{{"name": "v", "domains": ["*"], "routes": [
        {{"match": {{"prefix": "/"}}, "route": {{"cluster": "c"}}, "typed_per_filter_config": {{
        "envoy.filters.http.fault": {{
        "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
        "abort": {{"http_status": 503, "percentage": {{"numerator": {}}}}}}}}}}}]}}]}})",
        percent);
  };
  const std::string fault =
      filter("envoy.filters.http.fault", "envoy.extensions.filters.http.fault.v3.HTTPFault", "");
  const Outcome whole = outcome_of(proxy(fault, routes(100)));
  CHECK(whole.code == 503);
  CHECK(whole.flags == "FI");
  CHECK(whole.details == "fault_filter_abort");
  const TraceResult part = TracedDump(proxy(fault, routes(25))).trace(get());
  REQUIRE(part.outcomes.size() == 2);
  CHECK(std::abs(part.outcomes[0].share - 0.75) < 1e-9);
}

TEST_CASE("a preflight request from an allowed origin is answered") {
  const std::string cors =
      filter("envoy.filters.http.cors", "envoy.extensions.filters.http.cors.v3.Cors", "");
  const std::string routes =
      R"("route_config": {"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
         {"match": {"prefix": "/"}, "route": {"cluster": "c"}, "typed_per_filter_config": {
          "envoy.filters.http.cors": {"@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy",
          "allow_origin_string_match": [{"exact": "https://a"}]}}}]}]})";
  TraceRequest request = get();
  request.method = "OPTIONS";
  request.headers = {{"origin", "https://a"}, {"access-control-request-method", "GET"}};
  const Outcome answered = outcome_of(proxy(cors, routes), request);
  CHECK(answered.code == 200);
  CHECK(answered.details == "cors_response");
  request.headers[0].second = "https://b";
  CHECK(outcome_of(proxy(cors, routes), request).kind == Outcome::Kind::kForward);
}

TEST_CASE("an opaque filter makes the result uncertain, a disabled one does not") {
  const std::string lua = R"({"name": "lua", "typed_config": {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"}})";
  CHECK_FALSE(outcome_of(proxy(lua)).certain);
  const std::string off = R"({"name": "lua", "disabled": true, "typed_config": {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua"}})";
  CHECK(outcome_of(proxy(off)).certain);
}

TEST_CASE("an upgrade that is not allowed is refused where there is a route") {
  TraceRequest request = get();
  request.headers = {{"connection", "upgrade"}, {"upgrade", "websocket"}};
  CHECK(outcome_of(proxy(), request).details == "upgrade_failed");
  CHECK(outcome_of(proxy({}, kRoutes, R"(, "upgrade_configs": [{"upgrade_type": "websocket"}])"),
                   request)
            .kind == Outcome::Kind::kForward);
}

TEST_CASE("a name that no enumeration has makes the result uncertain: Envoy refuses the resource") {
  const auto with_routes = [](const std::string& virtual_host,
                              const std::string& match_and_action) {
    return R"("route_config": {"name": "r", "virtual_hosts": [{"name": "v", "domains": ["*"])" +
           virtual_host + R"(, "routes": [{"match": {"prefix": "/"}, )" + match_and_action +
           "}]}]}";
  };
  const std::string to_cluster = R"("route": {"cluster": "c"})";
  const std::vector<std::string> broken_routes = {
      with_routes(R"(, "require_tls": "ODD")", to_cluster),
      with_routes("", R"("redirect": {"path_redirect": "/x", "response_code": "ODD"})"),
      with_routes("", R"("route": {"cluster": "c", "priority": "ODD"})"),
      with_routes("", R"("route": {"cluster": "none", "cluster_not_found_response_code": "ODD"})"),
      with_routes("", to_cluster +
                          R"(, "request_headers_to_add": [{"append_action": "ODD",
                             "header": {"key": "x", "value": "y"}}])")};
  CHECK(outcome_of(proxy({}, with_routes("", to_cluster))).certain);
  for (const std::string& routes : broken_routes) {
    INFO(routes);
    CHECK_FALSE(outcome_of(proxy({}, routes)).certain);
  }
  CHECK_FALSE(outcome_of(proxy(rbac(R"("rules": {"action": "ODD"})"))).certain);
  for (const std::string more : {R"(, "path_with_escaped_slashes_action": "ODD")",
                                 R"(, "common_http_protocol_options":
                                    {"headers_with_underscores_action": "ODD"})"}) {
    INFO(more);
    CHECK_FALSE(outcome_of(proxy({}, kRoutes, more)).certain);
  }
  DumpText text = proxy();
  text.clusters = {eds_cluster("c", R"(, "lb_policy": "ODD")")};
  CHECK_FALSE(outcome_of(text).certain);
}

TEST_CASE("requests that cannot be sent are refused") {
  const auto snapshot = load_text(proxy().text(), "d");
  REQUIRE(snapshot);
  const Index index(**snapshot);
  Tracer tracer(index);
  for (const auto& change : std::vector<void (*)(TraceRequest&)>{
           [](TraceRequest& r) { r.authority.clear(); }, [](TraceRequest& r) { r.method = "GE T"; },
           [](TraceRequest& r) { r.path = "/a\nb"; },
           [](TraceRequest& r) { r.destination = "nowhere"; },
           [](TraceRequest& r) {
             r.headers = {{"a", "b\r\nc: d"}};
           }}) {
    TraceRequest request = get();
    change(request);
    const auto result = tracer.trace(request);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == ErrorCode::kUsage);
  }
}

TEST_CASE("why tells the causes of a status, worst first") {
  DumpText text = proxy({}, R"("route_config": {"name": "r", "virtual_hosts": [
      {"name": "blackhole:80", "domains": ["*"]},
      {"name": "a", "domains": ["a.com"], "routes": [
        {"name": "x", "match": {"prefix": "/x"}, "route": {"cluster": "outbound|80|v3|a.ns"}}]}]})");
  text.clusters.push_back(eds_cluster("outbound|80|v1|a.ns"));
  const TracedDump dump(text);
  const auto by_code = trace::explain_status(dump.index(), *trace::parse_status("404"));
  REQUIRE(by_code.causes.size() >= 2);
  CHECK(by_code.causes.front().id == "unbound-gateway-port");
  const auto by_flag = trace::explain_status(dump.index(), *trace::parse_status("nc"));
  REQUIRE(by_flag.causes.size() == 1);
  REQUIRE(by_flag.causes.front().cases.size() == 1);
  REQUIRE_FALSE(by_flag.causes.front().cases.front().hints.empty());
  CHECK_THAT(by_flag.causes.front().cases.front().hints.front(),
             ContainsSubstring("the subset v3 does not exist; v1 does"));
  CHECK_FALSE(trace::parse_status("1000"));
  CHECK_FALSE(trace::parse_status("XX"));
}
