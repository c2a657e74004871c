// Extension configurations, secrets, the bootstrap, and cells that several tables have.
#include <ctime>

#include "json/json_writer.h"
#include "support/catch.h"
#include "support/loaded_dump.h"
#include "tables/listing.h"
#include "tables/select.h"
#include "xdscope/model/common.h"

using namespace xdscope;
using namespace xdscope::tables;
using namespace xdscope::testing;

namespace {

using Row = std::vector<std::string>;

Loaded extensions() {
  return Loaded("EcdsConfigDump", R"("ecds_filters": [
    {"version_info": "1", "ecds_filter": {"name": "b", "typed_config": {
       "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
       "type_url": "type.googleapis.com/x.Y"}},
     "error_state": {"details": "no", "failed_configuration": {"name": "b"}}},
    {"name": "a", "error_state": {"details": "never"}}])");
}

std::string config_of(const std::string& config) {
  const Loaded dump("ClustersConfigDump",
                    fmt::format(R"("dynamic_active_clusters": [{{"cluster": {{"name": "c",
                      "metadata": {{"filter_metadata": {{"istio": {{"config": {}}}}}}}}}}}])",
                                config));
  return clusters(dump.index, {}, Columns::kShort)->rows.at(0).back();
}

}  // namespace

TEST_CASE("ecds: what serves has one row, with the type as it stands; wide has what was refused") {
  const Loaded dump = extensions();
  CHECK(ecds(*dump.snapshot, Columns::kShort)->rows ==
        std::vector<Row>{{"b", "udpa.type.v1.TypedStruct"}});
  CHECK(ecds(*dump.snapshot, Columns::kWide)->rows ==
        std::vector<Row>{{"a", "", "rejected: never"},
                         {"b", "", "rejected: no"},
                         {"b", "udpa.type.v1.TypedStruct", "active"}});
}

TEST_CASE("ecds: a listing is the section itself, each entry once") {
  const Loaded dump = extensions();
  json::TextSink sink;
  json::JsonWriter out(sink);
  REQUIRE(write_ecds(*dump.snapshot, out));
  const std::string text(sink.text());
  CHECK(
      text.starts_with("{\n    \"ecdsFilters\": [\n        {\n            \"versionInfo\": \"1\""));
  CHECK(text.find("\"ecdsFilter\"") == text.rfind("\"ecdsFilter\""));
  CHECK_THAT(text, ContainsSubstring("never"));
}

TEST_CASE("ecds: a section without filters is an empty message") {
  const Loaded dump("EcdsConfigDump", R"("ecds_filters": [])");
  json::TextSink sink;
  json::JsonWriter out(sink);
  REQUIRE(write_ecds(*dump.snapshot, out));
  CHECK(sink.text() == "{}\n");
}

TEST_CASE("secrets: one whose only update was refused still waits; one in use stands once") {
  const Loaded dump("SecretsConfigDump", R"(
    "dynamic_warming_secrets": [{"name": "w", "error_state": {"details": "no"}}],
    "dynamic_active_secrets": [{"name": "a", "secret": {"name": "a", "generic_secret": {}},
                                "error_state": {"details": "no"}}],
    "static_secrets": [{"name": "s", "secret": {"name": "s", "generic_secret": {}}}])");
  const auto table = secrets(*dump.snapshot, 0, Columns::kShort);
  CHECK(column(table, 0) == Row{"w", "a"});
  CHECK(column(table, 2) == Row{"WARMING", "ACTIVE"});
  CHECK(column(secrets(*dump.snapshot, 0, Columns::kWide), 2) ==
        Row{"WARMING", "ACTIVE", "STATIC"});
}

TEST_CASE("secrets: a bundle that cannot be read has no trust domain to show") {
  const Loaded dump("SecretsConfigDump", R"("dynamic_active_secrets": [{"name": "entry", "secret":
    {"name": "own", "validation_context": {"custom_validator_config": {"typed_config": {
      "trust_domains": [{"name": "td", "trust_bundle": {"inline_bytes": "AAAA"}}]}}}}}])");
  const auto table = secrets(*dump.snapshot, 0, Columns::kShort);
  CHECK(table->header.size() == 7);
  CHECK(table->rows == std::vector<Row>{{"own", "", "ACTIVE", "false", "", "", ""}});
}

TEST_CASE("secrets: a listing has them whatever they came in, and no private key") {
  const auto listed = [](const std::string& text) {
    const auto snapshot = std::move(*load_text(text, "secrets.json"));
    json::TextSink sink;
    json::JsonWriter out(sink);
    REQUIRE(write_secrets(*snapshot, out));
    std::string shown(sink.text());
    std::erase_if(shown, [](char c) { return c == ' ' || c == '\n'; });
    return shown;
  };
  CHECK(listed(R"({"configs": [{"@type":
    "type.googleapis.com/envoy.admin.v3.SecretsConfigDump.DynamicSecret", "name": "s",
    "secret": {"name": "s", "generic_secret": {}}}]})") ==
        R"({"dynamicActiveSecrets":[{"name":"s","secret":{"name":"s","genericSecret":{}}}]})");
  CHECK(listed(R"({"static_resources": {"secrets": [{"name": "s", "tls_certificate":
    {"private_key": {"inline_string": "k"}}}]}})") ==
        R"({"staticSecrets":[{"name":"s","secret":{"name":"s","tlsCertificate":)"
        R"({"privateKey":{"inlineString":"[redacted]"}}}}]})");
  CHECK(listed(R"({"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.SecretsConfigDump",
    "dynamic_warming_secrets": [{"name": "w", "error_state": {"details": "no"}}]}]})") ==
        R"({"dynamicWarmingSecrets":[{"name":"w","errorState":{"details":"no"}}]})");
}

TEST_CASE("secrets: none is told in istioctl's sentence, and no error") {
  const Loaded dump("SecretsConfigDump", R"("dynamic_active_secrets": [])");
  CHECK(to_text(*secrets(*dump.snapshot, 0, Columns::kShort)) ==
        "No active or warming secrets found.\n");
}

TEST_CASE("bootstrap: versions as istioctl puts them together") {
  const Loaded dump("BootstrapConfigDump", R"("bootstrap": {"node": {
    "metadata": {"ISTIO_PROXY_SHA": "proxy:abc:def"},
    "user_agent_build_version": {"version": {"major_number": 1, "minor_number": 40},
      "metadata": {"build.label": "", "ssl.version": "B"}}}})");
  CHECK(bootstrap_summary(*dump.snapshot)->rows ==
        std::vector<Row>{{"Istio Proxy Version:", "abc"}, {"Envoy Version:", "1.40.0-/B"}});
}

TEST_CASE("a configuration's owner that is no path of Istio's is unknown, whatever it is") {
  CHECK(config_of(R"("/apis/networking.istio.io/v1/namespaces/n/destination-rule/d")") == "d.n");
  CHECK(config_of(R"("/apis/networking.istio.io/short")").empty());
  for (const char* other : {R"("")", R"("/apis/other")", "5", "null"}) {
    CHECK(config_of(other) == "<unknown>");
  }
}

TEST_CASE("a refused cluster of which the dump says nothing has no type") {
  const Loaded dump("ClustersConfigDump", R"("dynamic_warming_clusters": [
    {"name": "c", "error_state": {"details": "why"}}])");
  CHECK(clusters(dump.index, {}, Columns::kWide)->rows.at(0).at(4) == "-");
}

TEST_CASE("a refused route configuration has no number of virtual hosts") {
  const Loaded dump("RoutesConfigDump", R"("dynamic_route_configs": [
    {"name": "r", "error_state": {"details": "why"}}])");
  CHECK(virtual_host_counts(dump.index, {}, Columns::kWide)->rows.at(0).at(1) == "-");
}

TEST_CASE("a port that is none is not taken for another") {
  CHECK(parse_cluster_name("outbound|4294967376||h").port == 0);
  CHECK(parse_cluster_name("outbound|-1||h").port == 0);
  CHECK(parse_cluster_name("outbound|80||h").port == 80);
}

TEST_CASE(
    "wide routes tell path templates, rewrites by regex, TLS only, and the limit that holds") {
  const Loaded dump("RoutesConfigDump", R"("dynamic_route_configs": [{"route_config": {"name": "r",
    "virtual_hosts": [{"name": "v", "require_tls": "ALL", "routes": [
      {"match": {"path_match_policy": {"typed_config": {"path_template": "/a/{b}"}}},
       "route": {"cluster": "c", "timeout": "9s", "max_stream_duration":
                 {"max_stream_duration": "5s"}}},
      {"match": {"prefix": "/"}, "route": {"cluster": "c", "max_stream_duration": {}}},
      {"match": {"prefix": "/"}, "redirect": {"regex_rewrite":
        {"pattern": {"regex": "^/a"}, "substitution": "/b"}}}]}]}}])");
  const auto table = routes(dump.index, {}, Columns::kWide);
  CHECK(column(table, 5) == Row{"c", "c", "redirect 301 (path: regex ^/a -> /b)"});
  CHECK(column(table, 6) == Row{"template /a/{b}, TLS, else a redirect", "TLS, else a redirect",
                                "TLS, else a redirect"});
  CHECK(column(table, 8) == Row{"5s", "none", "-"});
}

TEST_CASE("a virtual host of many domains and many routes takes time for each once") {
  constexpr int kMany = 5000;
  std::string domains;
  std::string routes_text;
  for (int i = 0; i < kMany; ++i) {
    domains += fmt::format(R"({}"d{}")", i == 0 ? "" : ",", i);
    routes_text += fmt::format(R"({}{{"match": {{"prefix": "/{}"}}}})", i == 0 ? "" : ",", i);
  }
  const Loaded dump("RoutesConfigDump",
                    fmt::format(R"("dynamic_route_configs": [{{"route_config": {{"virtual_hosts":
                      [{{"domains": [{}], "routes": [{}]}}]}}}}])",
                                domains, routes_text));
  const std::clock_t start = std::clock();
  const auto table = routes(dump.index, {}, Columns::kShort);
  // A hundredth of what it takes to go through the domains for each route.
  CHECK(std::clock() - start < CLOCKS_PER_SEC);
  REQUIRE(table->rows.size() == kMany);
  CHECK(table->rows.back().at(2) == "d0, d1 + 4998 more...");
}
