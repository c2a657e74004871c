// A proxy with something to decide at every stage, for fuzzers of requests.
#pragma once

#include <string_view>

namespace xdscope::fuzz {

inline constexpr std::string_view kSmallProxy = R"json({"configs": [
{"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", "static_clusters": [
 {"cluster": {"name": "a", "type": "STATIC", "load_assignment": {"cluster_name": "a", "endpoints": [
  {"lb_endpoints": [{"endpoint": {"address": {"socket_address":
   {"address": "10.0.0.1", "port_value": 80}}}}]}]}}},
 {"cluster": {"name": "passthrough", "type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED"}}]},
{"@type": "type.googleapis.com/envoy.admin.v3.ListenersConfigDump", "static_listeners": [
 {"listener": {"name": "l", "address": {"socket_address": {"address": "0.0.0.0", "port_value": 80}},
  "listener_filters": [{"name": "envoy.filters.listener.tls_inspector"}],
  "filter_chains": [
  {"filter_chain_match": {"server_names": ["*.example.com"], "transport_protocol": "tls"}, "filters": [
   {"name": "envoy.filters.network.tcp_proxy", "typed_config": {"@type":
    "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
    "stat_prefix": "t", "cluster": "passthrough"}}]},
  {"filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": {"@type":
   "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
   "stat_prefix": "h", "normalize_path": true, "merge_slashes": true, "use_remote_address": true,
   "path_with_escaped_slashes_action": "UNESCAPE_AND_REDIRECT", "strip_any_host_port": true,
   "http_filters": [
    {"name": "envoy.filters.http.cors", "typed_config": {"@type":
     "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors"}},
    {"name": "envoy.filters.http.rbac", "typed_config": {"@type":
     "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC", "rules": {"action": "DENY",
     "policies": {"p": {"principals": [{"remote_ip": {"address_prefix": "10.9.0.0", "prefix_len": 16}}],
      "permissions": [{"url_path": {"path": {"prefix": "/admin"}}},
       {"header": {"name": "x-deny", "string_match": {"contains": "yes", "ignore_case": true}}}]}}}}},
    {"name": "envoy.filters.http.jwt_authn", "typed_config": {"@type":
     "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
     "providers": {"j": {"issuer": "i", "forward": true, "local_jwks": {"inline_string":
      "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\",\"alg\":\"HS256\"}]}"}}},
     "rules": [{"match": {"prefix": "/jwt"}, "requires": {"provider_name": "j"}}]}},
    {"name": "envoy.filters.http.router", "typed_config": {"@type":
     "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}],
   "route_config": {"name": "r", "virtual_hosts": [
    {"name": "one", "domains": ["a.example.com", "*.b.example.com", "c.*"], "routes": [
     {"match": {"safe_regex": {"regex": "/x/[a-z]+(/\\d{1,3})?"}, "headers": [
      {"name": "x-n", "range_match": {"start": "1", "end": "9"}}]}, "redirect": {
       "regex_rewrite": {"pattern": {"regex": "/x/([a-z]+)"}, "substitution": "/y/\\1"},
       "host_redirect": "d.example.com", "strip_query": true}},
     {"match": {"path_separated_prefix": "/api", "query_parameters": [{"name": "q",
      "string_match": {"suffix": "z"}}]}, "route": {"cluster": "a", "prefix_rewrite": "/"}},
     {"match": {"path_match_policy": {"name": "t", "typed_config": {"@type":
      "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig",
      "path_template": "/u/{a=*}/{b=**}"}}}, "direct_response": {"status": 204}},
     {"match": {"connect_matcher": {}}, "route": {"cluster": "a"}},
     {"match": {"prefix": "/w"}, "route": {"weighted_clusters": {"clusters": [
      {"name": "a", "weight": 3}, {"name": "gone", "weight": 1}]}}},
     {"match": {"prefix": "/", "grpc": {}}, "route": {"cluster_header": "x-to"}},
     {"match": {"prefix": "/"}, "route": {"cluster": "a", "hash_policy": [{"header":
      {"header_name": "x"}}]}}]},
    {"name": "all", "domains": ["*"], "require_tls": "EXTERNAL_ONLY", "routes": [
     {"match": {"prefix": "/"}, "route": {"cluster": "passthrough"}}]}]}}}]}]}}]}]})json";

}  // namespace xdscope::fuzz
