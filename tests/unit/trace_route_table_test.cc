// Virtual hosts, routes, actions and near misses of a route table.
#include <algorithm>
#include <memory>
#include <string>

#include "support/catch.h"
#include "support/json_text.h"
#include "trace/route_action.h"
#include "trace/route_table.h"

namespace xdscope::trace {
namespace {

constexpr Version kNew{1, 40, 0};
constexpr Version kOld{1, 30, 0};

class Fixture {
 public:
  explicit Fixture(std::string_view json, Version envoy = kNew)
      : document_(testing::parse_json(json)),
        config_(decode_route_config(document_->roots().front())),
        table_(config_, envoy) {}

  const RouteTable& table() const { return table_; }
  RouteDecision resolve(const HttpRequest& request, ResolveOptions options = {}) const {
    return table_.resolve(request, options);
  }

 private:
  std::unique_ptr<json::Document> document_;
  RouteConfig config_;
  RouteTable table_;
};

HttpRequest get(std::string_view host, std::string_view path) {
  HttpRequest request;
  request.authority = host;
  request.path = path;
  request.add("x-forwarded-proto", "http");
  return request;
}

// A route configuration of one `*` virtual host with these routes.
std::string with_routes(std::string_view routes) {
  return R"({"virtual_hosts": [{"name": "v", "domains": ["*"], "routes": )" + std::string(routes) +
         "}]}";
}

std::string cluster_of(const Fixture& fixture, const HttpRequest& request,
                       ResolveOptions options = {}) {
  const RouteDecision decision = fixture.resolve(request, options);
  const RouteOutcome& first = decision.outcomes.front();
  return first.kind == RouteOutcome::Kind::kForward ? std::string(first.cluster) : "-";
}

TEST_CASE("virtual hosts: exact, suffix, prefix, any") {
  const Fixture table(R"({"virtual_hosts": [
    {"name": "suffix", "domains": ["*.b.com", "*-x.b.com"]},
    {"name": "prefix", "domains": ["a.*"]},
    {"name": "exact", "domains": ["Foo.com", "foo.com:80"]},
    {"name": "any", "domains": ["*"]}]})");
  const auto host = [&](std::string_view name) {
    return std::string(table.resolve(get(name, "/")).virtual_host->name);
  };
  CHECK(host("a.b.com") == "suffix");
  CHECK(host("a.x") == "prefix");
  CHECK(host(".b.com") == "any");
  CHECK(host("b.com") == "any");
  CHECK(host("FOO.com") == "exact");
  CHECK(host("foo.com:80") == "exact");
  CHECK(host("foo.com:81") == "any");
  CHECK(host("foo.com.") == "any");
  CHECK(table.resolve(get("a-x.b.com", "/")).domain == "*-x.b.com");
}

TEST_CASE("a virtual host is final, and an unmatched host has none") {
  const Fixture table(R"({"virtual_hosts": [
    {"name": "f", "domains": ["foo.com"], "routes": [{"match": {"prefix": "/api"}, "route": {"cluster": "a"}}]},
    {"name": "g", "domains": ["bar.com"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "b"}}]}]})");
  CHECK(table.resolve(get("foo.com", "/x")).outcomes[0].flags == "NR");
  CHECK(table.resolve(get("foo.com", "/x")).outcomes[0].code == 404);
  const RouteDecision none = table.resolve(get("baz.com", "/"));
  CHECK(none.virtual_host == nullptr);
  CHECK(none.outcomes[0].details == "route_not_found");
}

TEST_CASE("ignore_port_in_host_matching and a missing x-forwarded-proto") {
  const Fixture table(R"({"ignore_port_in_host_matching": true, "virtual_hosts": [
    {"name": "f", "domains": ["h"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "a"}}]},
    {"name": "g", "domains": ["g"]}]})");
  CHECK(cluster_of(table, get("h:80", "/")) == "a");
  CHECK(cluster_of(table, get("h:x", "/")) == "a");
  HttpRequest bare;
  bare.authority = "h";
  CHECK(table.resolve(bare).outcomes[0].flags == "NR");
}

TEST_CASE("require_tls redirects before any route") {
  const Fixture table(
      R"({"virtual_hosts": [{"name": "v", "domains": ["*"], "require_tls": "ALL"}]})");
  const RouteDecision decision = table.resolve(get("h:80", "/p?q=1"));
  CHECK(decision.outcomes[0].code == 301);
  CHECK(decision.outcomes[0].location == "https://h:80/p?q=1");
  HttpRequest tls = get("h", "/");
  tls.set("x-forwarded-proto", "https");
  CHECK(table.resolve(tls).outcomes[0].flags == "NR");
}

TEST_CASE("EXTERNAL_ONLY spares internal requests") {
  const Fixture table(
      R"({"virtual_hosts": [{"name": "v", "domains": ["*"], "require_tls": "EXTERNAL_ONLY",
    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "a"}}]}]})");
  CHECK(table.resolve(get("h", "/")).outcomes[0].code == 301);
  HttpRequest internal = get("h", "/");
  internal.add("x-envoy-internal", "true");
  CHECK(cluster_of(table, internal) == "a");
}

TEST_CASE("path specifiers") {
  const auto taken = [](std::string_view match, std::string_view path) {
    const Fixture table(
        with_routes(R"([{"match": )" + std::string(match) + R"(, "route": {"cluster": "a"}}])"));
    return cluster_of(table, get("h", path)) == "a";
  };
  CHECK(taken(R"({"prefix": "/foo"})", "/foobar"));
  CHECK_FALSE(taken(R"({"prefix": "/foo"})", "/Foo"));
  CHECK(taken(R"({"prefix": "/foo", "case_sensitive": false})", "/FOOx"));
  CHECK(taken(R"({"path_separated_prefix": "/foo"})", "/foo/x"));
  CHECK(taken(R"({"path_separated_prefix": "/foo"})", "/foo?x"));
  CHECK_FALSE(taken(R"({"path_separated_prefix": "/foo"})", "/foobar"));
  CHECK(taken(R"({"path": "/x"})", "/x?y=1"));
  CHECK_FALSE(taken(R"({"path": "/x"})", "/x/"));
  CHECK(taken(R"({"safe_regex": {"regex": "/a.*"}})", "/ab?c"));
  CHECK_FALSE(taken(R"({"safe_regex": {"regex": "/a.*"}})", "/xa"));
  CHECK_FALSE(taken(R"({"prefix": "/a b"})", "/a%20b"));
  const std::string_view uri =
      R"({"path_match_policy": {"name": "x", "typed_config": {"path_template": "/a/{x}/**"}}})";
  CHECK(taken(uri, "/a/b/c/d"));
  CHECK(taken(uri, "/a/b/?q"));
  CHECK_FALSE(taken(uri, "/a/b"));
}

TEST_CASE("path parameters are ignored where the configuration says so") {
  const Fixture table(R"({"ignore_path_parameters_in_path_matching": true, "virtual_hosts": [
    {"name": "v", "domains": ["*"], "routes": [{"match": {"path": "/a"}, "route": {"cluster": "a"}}]}]})");
  CHECK(cluster_of(table, get("h", "/a;x=1?y")) == "a");
}

TEST_CASE("CONNECT without a path matches connect_matcher only") {
  const std::string prefix = R"([{"match": {"prefix": "/"}, "route": {"cluster": "a"}}])";
  HttpRequest connect = get("h:443", "");
  connect.method = "CONNECT";
  CHECK(Fixture(with_routes(prefix)).resolve(connect).outcomes[0].flags == "NR");
  const Fixture table(with_routes(
      R"([{"match": {"connect_matcher": {}}, "route": {"cluster": "a", "upgrade_configs": [{"upgrade_type": "CONNECT"}]}}])"));
  const RouteDecision decision = table.resolve(connect);
  CHECK(decision.outcomes[0].cluster == "a");
  CHECK(upgrade_allowed(decision.outcomes[0], {}, connect.upgrade()));
}

TEST_CASE("runtime fractions and weights share one random number") {
  const Fixture table(with_routes(R"([
    {"match": {"prefix": "/", "runtime_fraction": {"runtime_key": "k", "default_value": {"numerator": 30}}},
     "route": {"weighted_clusters": {"clusters": [{"name": "a", "weight": 20}, {"name": "b", "weight": 80}]}}},
    {"match": {"prefix": "/"}, "route": {"cluster": "c"}}])"));
  const auto outcomes = table.resolve(get("h", "/")).outcomes;
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0].cluster == "c");
  CHECK(outcomes[0].share == Approx(0.7));
  // Of the 30 numbers the first 20 are a's: 20 % of 30 % would be 6 %.
  CHECK(outcomes[1].cluster == "a");
  CHECK(outcomes[1].share == Approx(0.2));
  CHECK(outcomes[2].share == Approx(0.1));
  ResolveOptions fixed;
  fixed.random_value = 125;
  CHECK(cluster_of(table, get("h", "/"), fixed) == "b");
  fixed.random_value = 30;
  CHECK(cluster_of(table, get("h", "/"), fixed) == "c");
}

TEST_CASE("a runtime fraction of another denominator") {
  const Fixture table(with_routes(R"([
    {"match": {"prefix": "/", "runtime_fraction": {"runtime_key": "k", "default_value": {"numerator": 5000, "denominator": "TEN_THOUSAND"}}},
     "route": {"weighted_clusters": {"clusters": [{"name": "a", "weight": 50}, {"name": "b", "weight": 50}]}}}])"));
  const auto outcomes = table.resolve(get("h", "/")).outcomes;
  REQUIRE(outcomes.size() == 3);
  CHECK(outcomes[0].kind == RouteOutcome::Kind::kNoRoute);
  CHECK(outcomes[0].share == Approx(0.5));
  CHECK(outcomes[1].share == Approx(0.25));
}

TEST_CASE("cluster_header, zero weights and actions without a cluster") {
  const Fixture table(with_routes(R"([
    {"match": {"path": "/h"}, "route": {"cluster_header": "X-C"}},
    {"match": {"path": "/w"}, "route": {"weighted_clusters": {"clusters": [{"name": "a", "weight": 0}, {"name": "b", "weight": 1}]}}},
    {"match": {"path": "/n"}, "non_forwarding_action": {}}])"));
  HttpRequest request = get("h", "/h");
  CHECK(cluster_of(table, request).empty());
  request.add("x-c", "one");
  CHECK(cluster_of(table, request) == "one");
  CHECK(table.resolve(get("h", "/w")).outcomes.size() == 1);
  CHECK(cluster_of(table, get("h", "/w")) == "b");
  CHECK(cluster_of(table, get("h", "/n")).empty());
}

TEST_CASE("redirect locations") {
  struct Case {
    std::string_view redirect;
    std::string_view host;
    std::string_view path;
    std::string_view location;
  };
  const Case cases[] = {
      {R"({"https_redirect": true, "path_redirect": "/n"})", "h:80", "/o?a=1", "https://h/n?a=1"},
      {R"({"https_redirect": true})", "a.com:8080", "/o/x", "https://a.com:8080/o/x"},
      {R"({"port_redirect": 8443})", "a.com:80", "/o", "http://a.com:8443/o"},
      {R"({"host_redirect": "b"})", "a.com:80", "/o", "http://b/o"},
      {R"({"path_redirect": "/n?z=1", "strip_query": true})", "h", "/o?a=1", "http://h/n?z=1"},
      {R"({"strip_query": true})", "h", "/o?a=1", "http://h/o"},
      {R"({"prefix_rewrite": "/new"})", "h", "/o/x?q", "http://h/new/x?q"},
      {R"j({"regex_rewrite": {"pattern": {"regex": "^/o/(.*)"}, "substitution": "/n/\\1"}})j", "h",
       "/o/x?q", "http://h/n/x?q"},
      {R"({"https_redirect": true})", "[::1]:80", "/o", "https://[::1]/o"},
  };
  for (const Case& one : cases) {
    INFO(one.redirect);
    const Fixture table(with_routes(R"([{"match": {"prefix": "/o"}, "redirect": )" +
                                    std::string(one.redirect) + "}]"));
    CHECK(table.resolve(get(one.host, one.path)).outcomes[0].location == std::string(one.location));
  }
}

TEST_CASE("rewrites, timeout and retries") {
  const Fixture table(R"({"virtual_hosts": [{"name": "v", "domains": ["*"],
    "retry_policy": {"num_retries": 5}, "routes": [
    {"match": {"prefix": "/foo"}, "route": {"cluster": "a", "prefix_rewrite": "/", "retry_policy": {"retry_on": "5xx"}}},
    {"match": {"prefix": "/re"}, "route": {"cluster": "a", "timeout": "0s", "host_rewrite_path_regex":
      {"pattern": {"regex": "^/re/(.+)$"}, "substitution": "\\1.b"}}},
    {"match": {"path_match_policy": {"name": "m", "typed_config": {"path_template": "/t/{x}/{y}"}}},
     "route": {"cluster": "a", "path_rewrite_policy": {"name": "r", "typed_config": {"path_template_rewrite": "/{y}/{x}"}}}}
    ]}]})");
  const auto details = [&](const HttpRequest& request) {
    return forward_details(table.table(), request, table.resolve(request).outcomes[0]);
  };
  const ForwardDetails foo = details(get("h", "/foo/bar?q"));
  CHECK(foo.request.path == "//bar?q");
  CHECK(foo.timeout == std::chrono::seconds(15));
  REQUIRE(foo.retry != nullptr);
  CHECK(foo.retry->num_retries == 1);
  const ForwardDetails re = details(get("h", "/re/x?q"));
  CHECK(re.request.authority == "x.b");
  CHECK(re.timeout == std::chrono::seconds(0));
  CHECK(re.retry->num_retries == 5);
  CHECK(details(get("h", "/t/1/2?q")).request.path == "/2/1?q");
}

TEST_CASE("the most specific filter configuration wins") {
  const Fixture table(
      R"({"typed_per_filter_config": {"f": {"n": 1}}, "virtual_hosts": [{"name": "v", "domains": ["*"],
    "typed_per_filter_config": {"f": {"n": 2}}, "routes": [
    {"match": {"path": "/a"}, "typed_per_filter_config": {"f": {"n": 3}}, "route": {"weighted_clusters": {"clusters": [
      {"name": "a", "weight": 1, "typed_per_filter_config": {"f": {"n": 4}}}]}}},
    {"match": {"prefix": "/"}, "route": {"cluster": "b"}}]}]})");
  const auto level = [&](std::string_view path) {
    return per_filter_config(table.table().config(), table.resolve(get("h", path)).outcomes[0],
                             "f");
  };
  CHECK(level("/a").level == PerFilterConfig::Level::kWeightedCluster);
  CHECK(level("/a").value["n"].integer() == 4);
  CHECK(level("/b").level == PerFilterConfig::Level::kVirtualHost);
}

TEST_CASE("virtual host matcher trees") {
  const Fixture table(
      R"({"virtual_hosts": [{"name": "v", "domains": ["*"], "matcher": {"matcher_tree": {
    "input": {"name": "h", "typed_config": {"@type": "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput", "header_name": "x-a"}},
    "exact_match_map": {"map": {"one": {"action": {"name": "route", "typed_config": {
      "@type": "type.googleapis.com/envoy.config.route.v3.Route", "match": {"prefix": "/p"}, "route": {"cluster": "a"}}}}}}}}}]})");
  HttpRequest request = get("h", "/p");
  CHECK(table.resolve(request).outcomes[0].flags == "NR");
  request.add("x-a", "one");
  CHECK(cluster_of(table, request) == "a");
  request.path = "/other";
  CHECK(table.resolve(request).outcomes[0].flags == "NR");
}

TEST_CASE("what a dump cannot tell is unknown, with the reason") {
  const Fixture table(with_routes(R"([
    {"match": {"prefix": "/", "dynamic_metadata": [{"filter": "m", "path": [{"key": "k"}], "value": {"string_match": {"exact": "v"}}}]},
     "route": {"cluster": "a"}},
    {"match": {"prefix": "/"}, "route": {"cluster": "b"}}])"));
  const auto outcomes = table.resolve(get("h", "/")).outcomes;
  REQUIRE(outcomes.size() == 2);
  CHECK_FALSE(outcomes[0].certain);
  CHECK_FALSE(outcomes[1].certain);
  CHECK_THAT(outcomes[0].unknown_reason, ContainsSubstring("dynamic_metadata 'm'"));
  const std::vector<StreamMetadata> empty;
  ResolveOptions known;
  known.dynamic_metadata = &empty;
  CHECK(cluster_of(table, get("h", "/"), known) == "b");
}

TEST_CASE("a broken regular expression is a problem and decides nothing") {
  const Fixture table(with_routes(
      R"j([{"match": {"safe_regex": {"regex": "/a(?=b)"}}, "route": {"cluster": "a"}}])j"));
  CHECK(table.table().problems().size() == 1);
  const auto outcomes = table.resolve(get("h", "/ab")).outcomes;
  CHECK_FALSE(outcomes[0].certain);
  CHECK_THAT(outcomes[0].unknown_reason, ContainsSubstring("RE2 refuses"));
}

TEST_CASE("duplicate domains are a problem") {
  CHECK(
      Fixture(
          R"({"virtual_hosts": [{"name": "a", "domains": ["x.com"]}, {"name": "b", "domains": ["X.com"]}]})")
          .table()
          .problems()
          .size() == 1);
}

const NearMiss* miss(const RouteDecision& decision, NearMiss::Kind kind) {
  const auto found = std::ranges::find(decision.near_misses, kind, &NearMiss::kind);
  return found == decision.near_misses.end() ? nullptr : &*found;
}

TEST_CASE("near misses and routes passed over") {
  const Fixture table(R"({"virtual_hosts": [
    {"name": "shop", "domains": ["shop.com"], "routes": [
      {"match": {"path": "/cart", "headers": [{"name": ":method", "string_match": {"exact": "POST"}}]}, "route": {"cluster": "a"}},
      {"match": {"path": "/Case"}, "route": {"cluster": "a"}},
      {"match": {"path": "/slash"}, "route": {"cluster": "a"}},
      {"match": {"prefix": "/a"}, "route": {"cluster": "a"}},
      {"match": {"prefix": "/a/b"}, "route": {"cluster": "b"}}]},
    {"name": "wild", "domains": ["*.apex.com"], "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "c"}}]}]})");
  ResolveOptions explain;
  explain.explain = true;
  const auto resolve = [&](std::string_view host, std::string_view path) {
    return table.resolve(get(host, path), explain);
  };
  REQUIRE(miss(resolve("shop.com:8080", "/a"), NearMiss::Kind::kHostPort) != nullptr);
  CHECK(miss(resolve("shop.com:8080", "/a"), NearMiss::Kind::kHostPort)->text ==
        "Without the port in Host, the host would match domain 'shop.com' of virtual host 'shop'");
  CHECK(miss(resolve("shop.com.", "/a"), NearMiss::Kind::kHostTrailingDot) != nullptr);
  CHECK(miss(resolve("apex.com", "/"), NearMiss::Kind::kHostApex) != nullptr);
  CHECK(miss(resolve("shpo.com", "/a"), NearMiss::Kind::kHostSpelling) != nullptr);
  const RouteDecision method = resolve("shop.com", "/cart");
  REQUIRE(miss(method, NearMiss::Kind::kMethod) != nullptr);
  REQUIRE(method.passed_over.size() == 5);
  CHECK(method.passed_over[0].reason ==
        "header :method: expected exact 'POST', the request has 'GET'");
  CHECK(method.passed_over[1].reason == "path '/cart' is not '/Case'");
  CHECK(miss(resolve("shop.com", "/case"), NearMiss::Kind::kPathCase) != nullptr);
  CHECK(miss(resolve("shop.com", "/slash/"), NearMiss::Kind::kPathTrailingSlash) != nullptr);
  const RouteDecision shadow = resolve("shop.com", "/a/b/c");
  REQUIRE(miss(shadow, NearMiss::Kind::kShadowed) != nullptr);
  CHECK(miss(shadow, NearMiss::Kind::kShadowed)->text ==
        "route 4 (prefix '/a/b') comes later and is narrower, but route 3 (prefix '/a') takes the "
        "request first");
}

TEST_CASE("repeated headers are one value before 1.39, several since") {
  const std::string routes = with_routes(R"([{"match": {"prefix": "/", "headers": [
    {"name": "x", "string_match": {"exact": "2"}}]}, "route": {"cluster": "a"}}])");
  HttpRequest request = get("h", "/");
  request.add("x", "1");
  request.add("x", "2");
  CHECK(cluster_of(Fixture(routes, kNew), request) == "a");
  CHECK(cluster_of(Fixture(routes, kOld), request) == "-");
  CHECK_FALSE(Fixture(routes, Version{}).resolve(request).outcomes[0].certain);
}

}  // namespace
}  // namespace xdscope::trace
