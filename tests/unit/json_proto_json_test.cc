#include "json/proto_json.h"

#include <nlohmann/json.hpp>

#include "json/json_writer.h"
#include "json/proto_fields.h"
#include "support/catch.h"
#include "support/json_text.h"

using namespace xdscope;
using testing::parse_json;

namespace {

std::string printed(std::string_view text, json::ProtoJsonOptions options = {}) {
  const auto document = parse_json(text);
  REQUIRE(document);
  json::TextSink sink;
  json::JsonWriter out(sink, {.indent = 0});
  json::write_proto_json(document->roots().front(), out, options);
  std::string joined;
  for (const char c : sink.text()) {
    if (c != '\n') joined += c;
  }
  return joined;
}

// Whether `text` is printed as `expected`, members in the same order.
void check(std::string_view text, std::string_view expected, json::ProtoJsonOptions options = {}) {
  const auto compact = nlohmann::ordered_json::parse(expected, nullptr, false);
  REQUIRE_FALSE(compact.is_discarded());
  const auto found = nlohmann::ordered_json::parse(printed(text, options), nullptr, false);
  CHECK(found.dump() == compact.dump());
}

// A pretended key: long enough for its shape to be looked at.
const std::string kPem =
    "-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIAAAAAAAAAAAAAAAAAAAAAAA\\n"
    "-----END PRIVATE KEY-----\\n";
const std::string kPemBase64 =
    "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1DNENBUUF3QlFZREsyVndCQ0lFSUFBQUFBQUFBQUFB";

}  // namespace

TEST_CASE("field names become lowerCamelCase, in any mixture, in the order of the input") {
  check(R"({"http2_protocol_options": {"x_y": [{"a_b": 1}]}, "connectTimeout": "5s",
            "enforcing_consecutive_5xx": 100, "alt_stat_name": "a_b"})",
        R"({"http2ProtocolOptions": {"xY": [{"aB": 1}]}, "connectTimeout": "5s",
            "enforcingConsecutive5xx": 100, "altStatName": "a_b"})");
  CHECK(json::to_camel("a_b_2c") == "aB2c");
  CHECK(json::to_camel("alreadyCamel") == "alreadyCamel");
  CHECK(json::to_camel("@type") == "@type");
  CHECK(json::to_camel("envoy.filters.http.ext_authz") == "envoy.filters.http.ext_authz");
}

TEST_CASE("scalars, empty messages and written defaults stay as they are") {
  check(
      R"({"a_b": {}, "c": [], "d": false, "e": 0, "f": "", "g": 1.50, "h": "18446744073709551615"})",
      R"({"aB": {}, "c": [], "d": false, "e": 0, "f": "", "g": 1.50, "h": "18446744073709551615"})");
  CHECK(printed(R"({"g": 1.50})") == R"({"g": 1.50})");
}

TEST_CASE("null is not set, but a value in a Struct") {
  check(R"({"a_b": null, "c": {"d": null}, "filter_metadata": {"x": {"y_z": null}}})",
        R"({"c": {}, "filterMetadata": {"x": {"y_z": null}}})");
}

TEST_CASE("the outermost type goes, those inside stay") {
  const auto text = R"({"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "a_b":
    {"@type": "type.googleapis.com/envoy.config.core.v3.Node", "c_d": 1}})";
  check(text, R"({"aB": {"@type": "type.googleapis.com/envoy.config.core.v3.Node", "cD": 1}})");
  check(text,
        R"({"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "aB":
            {"@type": "type.googleapis.com/envoy.config.core.v3.Node", "cD": 1}})",
        {.keep_type = true});
  check(
      "[" + std::string(text) + ", {\"a_b\": 1}]",
      R"([{"aB": {"@type": "type.googleapis.com/envoy.config.core.v3.Node", "cD": 1}}, {"aB": 1}])");
}

TEST_CASE("map keys stay, messages under them are converted") {
  check(R"({"typed_per_filter_config": {"my_filter": {
             "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
             "max_active_faults": 1}}})",
        R"({"typedPerFilterConfig": {"my_filter": {
             "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
             "maxActiveFaults": 1}}})");
  check(R"({"rules": {"policies": {"ns_a": {"permissions": [{"and_rules": {}}]}}}})",
        R"({"rules": {"policies": {"ns_a": {"permissions": [{"andRules": {}}]}}}})");
  check(R"({"typed_config": {"@type": "t/stats.PluginConfig",
             "metrics": [{"dimensions": {"source_x": "a_b"}, "tags_to_remove": ["a_b"]}]}})",
        R"({"typedConfig": {"@type": "t/stats.PluginConfig",
             "metrics": [{"dimensions": {"source_x": "a_b"}, "tagsToRemove": ["a_b"]}]}})");
}

TEST_CASE("the contents of a Struct stay") {
  check(R"({"metadata": {"filter_metadata": {"a_b": {"c_d": [{"e_f": 1}]}},
             "typed_filter_metadata": {"g_h": {"@type": "t/envoy.X", "i_j": 1}}}})",
        R"({"metadata": {"filterMetadata": {"a_b": {"c_d": [{"e_f": 1}]}},
             "typedFilterMetadata": {"g_h": {"@type": "t/envoy.X", "iJ": 1}}}})");
  check(
      R"({"layers": [{"static_layer": {"envoy.reloadable_features.x_y": true, "a_b": {"c_d": 1}}}]})",
      R"({"layers": [{"staticLayer": {"envoy.reloadable_features.x_y": true, "a_b": {"c_d": 1}}}]})");
  check(R"({"typed_config": {"@type": "type.googleapis.com/google.protobuf.Struct",
             "value": {"a_b": {"c_d": 1}}}})",
        R"({"typedConfig": {"@type": "type.googleapis.com/google.protobuf.Struct",
             "value": {"a_b": {"c_d": 1}}}})");
}

TEST_CASE("a TypedStruct keeps its value") {
  for (const std::string type : {"udpa.type.v1.TypedStruct", "xds.type.v3.TypedStruct"}) {
    check(R"({"typed_config": {"@type": "type.googleapis.com/)" + type +
              R"(", "type_url": "type.googleapis.com/a.B", "value": {"buffer_size_kb": 64}}})",
          R"({"typedConfig": {"@type": "type.googleapis.com/)" + type +
              R"(", "typeUrl": "type.googleapis.com/a.B", "value": {"buffer_size_kb": 64}}})");
  }
}

TEST_CASE("an extension of unknown type is printed as it stands") {
  check(R"({"typed_config": {"@type": "type.googleapis.com/cilium.L7Policy", "access_log": null,
             "inner_one": {"@type": "type.googleapis.com/envoy.X", "a_b": 1}}})",
        R"({"typedConfig": {"@type": "type.googleapis.com/cilium.L7Policy", "access_log": null,
             "inner_one": {"@type": "type.googleapis.com/envoy.X", "a_b": 1}}})");
  check(R"({"@type": "type.googleapis.com/cilium.X", "a_b": 1})",
        R"({"@type": "type.googleapis.com/cilium.X", "a_b": 1})");
  CHECK(json::is_known_type("type.googleapis.com/istio.envoy.config.filter.http.alpn.v2alpha1.X"));
  CHECK_FALSE(json::is_known_type("envoyish.X"));
  CHECK_FALSE(json::is_known_type(""));
}

TEST_CASE("a name that is Struct in one message and a message in another is told by its place") {
  SECTION("metadata") {
    check(R"({"node": {"metadata": {"A_B": {"c_d": 1}}, "user_agent_build_version":
               {"metadata": {"ssl_version": "x"}}},
              "static_resources": {"clusters": [{"metadata": {"filter_metadata": {}}}]}})",
          R"({"node": {"metadata": {"A_B": {"c_d": 1}}, "userAgentBuildVersion":
               {"metadata": {"ssl_version": "x"}}},
              "staticResources": {"clusters": [{"metadata": {"filterMetadata": {}}}]}})");
  }
  SECTION("match") {
    check(R"({"transport_socket_matches": [{"match": {"tls_mode": "istio"}}],
              "routes": [{"match": {"safe_regex": {"google_re2": {}}}}]})",
          R"({"transportSocketMatches": [{"match": {"tls_mode": "istio"}}],
              "routes": [{"match": {"safeRegex": {"googleRe2": {}}}}]})");
  }
  SECTION("config") {
    check(R"({"http_filters": [{"config": {"a_b": 1}}],
              "typed_config": {"@type": "t/envoy.extensions.filters.http.wasm.v3.Wasm",
                               "config": {"root_id": "x"}}})",
          R"({"httpFilters": [{"config": {"a_b": 1}}],
              "typedConfig": {"@type": "t/envoy.extensions.filters.http.wasm.v3.Wasm",
                               "config": {"rootId": "x"}}})");
  }
  SECTION("value") {
    check(R"({"metadata": [{"filter": "x", "value": {"string_match": {}}},
                           {"metadata_namespace": "x", "value": {"a_b": 1}}],
              "on_present": {"value": {"a_b": 1}}, "comparison": {"value": {"default_value": 1}}})",
          R"({"metadata": [{"filter": "x", "value": {"stringMatch": {}}},
                           {"metadataNamespace": "x", "value": {"a_b": 1}}],
              "onPresent": {"value": {"a_b": 1}}, "comparison": {"value": {"defaultValue": 1}}})");
  }
  SECTION("requires and policies") {
    check(R"({"rules": [{"requires": {"provider_name": "p"}}],
              "filter_state_rules": {"requires": {"a_b": {"provider_name": "p"}}},
              "load_balancing_policy": {"policies": [{"typed_extension_config": {}}]}})",
          R"({"rules": [{"requires": {"providerName": "p"}}],
              "filterStateRules": {"requires": {"a_b": {"providerName": "p"}}},
              "loadBalancingPolicy": {"policies": [{"typedExtensionConfig": {}}]}})");
  }
}

TEST_CASE("secrets are redacted as Envoy redacts them") {
  check(R"({"tls_certificate": {"certificate_chain": {"inline_string": "c"},
             "private_key": {"inline_bytes": "AAAA"}, "password": {"inline_string": "p"}}})",
        R"({"tlsCertificate": {"certificateChain": {"inlineString": "c"},
             "privateKey": {"inlineBytes": "W3JlZGFjdGVkXQ=="},
             "password": {"inlineString": "[redacted]"}}})");
  check(R"({"tlsCertificate": {"privateKey": {"inlineString": "k"}}})",
        R"({"tlsCertificate": {"privateKey": {"inlineString": "[redacted]"}}})");
  check(R"({"genericSecret": {"secret": {"inline_string": "s"}}})",
        R"({"genericSecret": {"secret": {"inlineString": "[redacted]"}}})");
  check(R"({"generic_secret": {"secrets": {"k_1": {"inline_string": "s"}}},
            "session_ticket_keys": {"keys": [{"inline_bytes": "AAAA"}]}})",
        R"({"genericSecret": {"secrets": {"k_1": {"inlineString": "[redacted]"}}},
            "sessionTicketKeys": {"keys": [{"inlineBytes": "W3JlZGFjdGVkXQ=="}]}})");
  check(R"({"private_key_provider": {"provider_name": "p", "typed_config": {
             "@type": "t/envoy.X", "poll_delay": "1s", "count": 3, "names": ["a", 1]}}})",
        R"({"privateKeyProvider": {"providerName": "p", "typedConfig": {
             "@type": "t/envoy.X", "pollDelay": "[redacted]", "names": ["[redacted]"]}}})");
}

TEST_CASE("what only shares its name with a secret is printed") {
  check(R"({"dynamic_active_secrets": [{"name": "d", "secret": {"name": "d"}}],
            "secrets": [{"name": "s"}], "subset_selectors": [{"keys": ["version"]}]})",
        R"({"dynamicActiveSecrets": [{"name": "d", "secret": {"name": "d"}}],
            "secrets": [{"name": "s"}], "subsetSelectors": [{"keys": ["version"]}]})");
  check(R"({"filter_metadata": {"x": {"users": "u", "keys": ["k"], "secret": "s"}}})",
        R"({"filterMetadata": {"x": {"users": "u", "keys": ["k"], "secret": "s"}}})");
}

TEST_CASE("secrets in Structs and unknown messages are told by name") {
  check(
      R"({"config": {"@type": "t/cilium.X", "tls_certificate": {"private_key": {"inline_string": "k"}}},
            "filter_metadata": {"x": {"password": "p", "n": 1}}})",
      R"({"config": {"@type": "t/cilium.X",
              "tls_certificate": {"private_key": {"inline_string": "[redacted]"}}},
            "filterMetadata": {"x": {"password": "[redacted]", "n": 1}}})");
}

TEST_CASE("a TypedStruct that stands for a secret is redacted as that message") {
  check(R"({"typed_config": {"@type": "t/xds.type.v3.TypedStruct",
             "type_url": "t/envoy.extensions.transport_sockets.tls.v3.GenericSecret",
             "value": {"secret": {"inline_string": "s"}, "secret_x": "open"}}})",
        R"({"typedConfig": {"@type": "t/xds.type.v3.TypedStruct",
             "typeUrl": "t/envoy.extensions.transport_sockets.tls.v3.GenericSecret",
             "value": {"secret": {"inline_string": "[redacted]"}, "secret_x": "open"}}})");
}

TEST_CASE("a private key is never printed, whatever holds it") {
  check(R"({"a": ")" + kPem + R"(", "b": ["cert\n)" + kPem + R"("], "c": ")" + kPemBase64 + R"("})",
        R"({"a": "[redacted]", "b": ["[redacted]"], "c": "W3JlZGFjdGVkXQ=="})");
  check(R"({"filter_metadata": {"x": ")" + kPem + R"("}})",
        R"({"filterMetadata": {"x": "[redacted]"}})");
  for (const std::string shift : {"", "x", "xx"}) {
    INFO(shift);
    // "-----BEGIN EC PRIVATE KEY" and so on: the words stand at every alignment.
    CHECK(json::holds_private_key("LS0tLS1CRUdJTi" + std::string(60, 'A') +
                                  (shift.empty()       ? "UFJJVkFURSBLRVk"
                                   : shift.size() == 1 ? "eFBSSVZBVEUgS0VZ"
                                                       : "eHhQUklWQVRFIEtFWQ")));
  }
  CHECK_FALSE(
      json::holds_private_key("LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t" + std::string(99, 'A')));
}

TEST_CASE("names can stay as they are while secrets go") {
  check(R"({"tls_certificate": {"private_key": {"inline_bytes": "AAAA"}}, "aB": 1})",
        R"({"tls_certificate": {"private_key": {"inline_bytes": "W3JlZGFjdGVkXQ=="}}, "aB": 1})",
        {.keep_names = true});
}

TEST_CASE("map and secret fields can be asked for in either case") {
  CHECK(json::is_map_field("typed_per_filter_config"));
  CHECK(json::is_map_field("typedPerFilterConfig"));
  CHECK(json::is_map_field("filter_metadata"));
  CHECK_FALSE(json::is_map_field("virtual_hosts"));
  CHECK(json::is_secret_field("private_key"));
  CHECK(json::is_secret_field("privateKey"));
  CHECK_FALSE(json::is_secret_field("secret"));
  CHECK_FALSE(json::is_secret_field("certificate_chain"));
}
