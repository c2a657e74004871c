// Listeners and filter chains: which one takes a connection.
#include "support/catch.h"
#include "support/dump_text.h"

using namespace xdscope;
using namespace xdscope::testing;

namespace {

const std::string kInspector =
    R"({"name": "i", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"}})";
const std::string kOriginalDst =
    R"({"name": "o", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.listener.original_dst.v3.OriginalDst"}})";
const std::string kHttpInspector =
    R"({"name": "p", "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.listener.http_inspector.v3.HttpInspector"}})";

std::string filters(const std::string& list) { return R"(, "listener_filters": [)" + list + "]"; }

std::string original_dst_cluster(const std::string& name) {
  return R"({"name": ")" + name + R"(", "type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED"})";
}

// The cluster that the connection goes to is named like its filter chain.
std::string taken(TracedDump& dump, const TraceRequest& request) {
  const Outcome outcome = dump.one(request);
  if (outcome.kind == Outcome::Kind::kClose && outcome.flags == "NR") return "closed";
  for (const Step& step : dump.trace(request).steps) {
    if (step.stage == Stage::kFilterChain) return step.chosen;
  }
  return "";
}

DumpText sidecar() {
  DumpText dump;
  dump.listeners = {listener("virtualOutbound", "0.0.0.0", 15001, {tcp_chain("catchall", "{}")},
                             R"(, "use_original_dst": true, "traffic_direction": "OUTBOUND")"),
                    listener("wildcard", "0.0.0.0", 8080, {tcp_chain("wild", "{}")},
                             R"(, "bind_to_port": false)"),
                    listener("exact", "10.1.1.1", 8080, {tcp_chain("exact", "{}")},
                             R"(, "bind_to_port": false)")};
  return dump;
}

TraceRequest tls(const std::string& sni, std::vector<std::string> alpn = {}) {
  TraceRequest request = request_to("10.0.0.1", 443);
  request.sni = sni;
  request.alpn = std::move(alpn);
  return request;
}

}  // namespace

TEST_CASE("a hand-off prefers the exact address, then the wildcard") {
  TracedDump dump(sidecar());
  CHECK(taken(dump, request_to("10.1.1.1", 8080)) == "exact");
  CHECK(taken(dump, request_to("10.9.9.9", 8080)) == "wild");
  CHECK(taken(dump, request_to("10.9.9.9", 9999)) == "catchall");
}

TEST_CASE("a hand-off looks up the wildcard of its own family only") {
  DumpText text = sidecar();
  text.listeners[0] = listener("virtualOutbound", "::", 15001, {tcp_chain("catchall", "{}")},
                               R"(, "use_original_dst": true, "traffic_direction": "OUTBOUND")");
  TracedDump dump(text);
  CHECK(taken(dump, request_to("fd00::1", 8080)) == "catchall");
}

TEST_CASE("an inbound connection is not handed to an outbound listener") {
  DumpText text = sidecar();
  text.listeners.push_back(
      listener("virtualInbound", "0.0.0.0", 15006,
               {tcp_chain("app", R"({"destination_port": 8080})"), tcp_chain("other", "{}")},
               R"(, "traffic_direction": "INBOUND")" + filters(kOriginalDst)));
  TracedDump dump(text);
  TraceRequest request = request_to("10.0.0.9", 8080);
  request.direction = TraceRequest::Direction::kInbound;
  CHECK(taken(dump, request) == "app");
  request.port = 8081;
  CHECK(taken(dump, request) == "other");
}

TEST_CASE("plain text finds no chain behind a STRICT port") {
  DumpText text;
  text.listeners = {
      listener("virtualInbound", "0.0.0.0", 15006,
               {tcp_chain("tls", R"({"destination_port": 8080, "transport_protocol": "tls"})")},
               R"(, "traffic_direction": "INBOUND")" + filters(kOriginalDst + "," + kInspector))};
  TracedDump dump(text);
  TraceRequest request = request_to("10.0.0.9", 8080);
  request.direction = TraceRequest::Direction::kInbound;
  const Outcome outcome = dump.one(request);
  CHECK(outcome.kind == Outcome::Kind::kClose);
  CHECK(outcome.flags == "NR");
  CHECK(outcome.details == "filter_chain_not_found");
}

TEST_CASE("a PERMISSIVE port sends foreign TLS and HTTP/1.0 to TCP chains") {
  DumpText text;
  text.listeners = {listener(
      "virtualInbound", "0.0.0.0", 15006,
      {tcp_chain(
           "mtls",
           R"({"transport_protocol": "tls", "application_protocols": ["istio-h2", "istio"]})"),
       tcp_chain(
           "plain",
           R"({"transport_protocol": "raw_buffer", "application_protocols": ["http/1.1", "h2c"]})"),
       tcp_chain("foreign", R"({"transport_protocol": "tls"})"),
       tcp_chain("bytes", R"({"transport_protocol": "raw_buffer"})")},
      R"(, "traffic_direction": "INBOUND")" +
          filters(kOriginalDst + "," + kInspector + "," + kHttpInspector))};
  TracedDump dump(text);
  TraceRequest request = tls("x", {"h2"});
  request.direction = TraceRequest::Direction::kInbound;
  CHECK(taken(dump, request) == "foreign");
  request.alpn = {"istio-h2", "h2"};
  CHECK(taken(dump, request) == "mtls");
  request.sni.reset();
  request.alpn.clear();
  CHECK(taken(dump, request) == "plain");
  request.protocol = "HTTP/1.0";
  CHECK(taken(dump, request) == "bytes");
}

TEST_CASE("without a tls_inspector there is no SNI") {
  DumpText text;
  text.listeners = {
      listener("l", "0.0.0.0", 443, {tcp_chain("a", R"({"server_names": ["a.com"]})")})};
  TracedDump dump(text);
  CHECK(taken(dump, tls("a.com")) == "closed");
}

TEST_CASE("filter chain criteria are committed and never taken back") {
  DumpText text;
  text.listeners = {listener(
      "l", "0.0.0.0", 443,
      {tcp_chain("wild", R"({"server_names": ["*.a.com"]})"),
       tcp_chain("narrow", R"({"server_names": ["x.a.com"], "application_protocols": ["h2"]})")},
      filters(kInspector))};
  TracedDump dump(text);
  CHECK(taken(dump, tls("x.a.com", {"http/1.1"})) == "closed");
  CHECK(taken(dump, tls("x.a.com", {"h2"})) == "narrow");
  CHECK(taken(dump, tls("Y.A.COM")) == "wild");
  CHECK(taken(dump, tls("a.com")) == "closed");
}

TEST_CASE("the narrowest source range is committed, too") {
  DumpText text;
  text.listeners = {listener(
      "l", "0.0.0.0", 443,
      {tcp_chain("wide",
                 R"({"source_prefix_ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 8}]})"),
       tcp_chain("narrow",
                 R"({"source_prefix_ranges": [{"address_prefix": "10.1.0.0", "prefix_len": 16}],
                 "source_ports": [5]})")})};
  TracedDump dump(text);
  TraceRequest request = request_to("10.0.0.1", 443);
  request.source = "10.1.2.3";
  request.source_port = 9;
  CHECK(taken(dump, request) == "closed");
  request.source_port = 5;
  CHECK(taken(dump, request) == "narrow");
  request.source = "10.2.2.3";
  CHECK(taken(dump, request) == "wide");
}

TEST_CASE("a client whose address matters and is not known makes the result unknown") {
  DumpText text;
  text.listeners = {listener(
      "l", "0.0.0.0", 443,
      {tcp_chain("a",
                 R"({"source_prefix_ranges": [{"address_prefix": "10.0.0.0", "prefix_len": 8}]})"),
       tcp_chain("b", "{}")})};
  TracedDump dump(text);
  const Outcome outcome = dump.one(request_to("10.0.0.1", 443));
  CHECK_FALSE(outcome.certain);
  CHECK_THAT(outcome.reason, ContainsSubstring("--source"));
}

TEST_CASE("a listener that is only warming takes nothing") {
  DumpText text = sidecar();
  text.warming_listeners = {
      listener("new", "10.2.2.2", 8080, {tcp_chain("new", "{}")}, R"(, "bind_to_port": false)")};
  TracedDump dump(text);
  CHECK(taken(dump, request_to("10.2.2.2", 8080)) == "wild");
}

TEST_CASE("a port that no listener has is closed, and says so") {
  TracedDump dump(DumpText{});
  const TraceResult result = dump.trace(request_to("10.0.0.1", 80));
  CHECK(result.outcomes.front().kind == Outcome::Kind::kClose);
  CHECK_THAT(result.steps.front().reason, ContainsSubstring("10.0.0.1:80"));
}

TEST_CASE("tcp_proxy: a black hole closes, a limit of no connections refuses, weights share") {
  DumpText text;
  text.listeners = {listener("l", "0.0.0.0", 80, {tcp_chain("BlackHoleCluster", "{}")}),
                    listener("m", "0.0.0.0", 81, {tcp_chain("zero", "{}")}),
                    listener("n", "0.0.0.0", 82, {tcp_chain("pass", "{}")})};
  text.clusters = {
      R"({"name": "BlackHoleCluster", "type": "STATIC"})",
      eds_cluster("zero", R"(, "circuit_breakers": {"thresholds": [{"max_connections": 0}]})"),
      original_dst_cluster("pass")};
  text.endpoints = {endpoints("zero", {{lb_endpoint("1.1.1.1")}})};
  TracedDump dump(text);
  CHECK(dump.one(request_to("10.0.0.1", 80)).flags == "UH");
  CHECK(dump.one(request_to("10.0.0.1", 81)).flags == "UO");
  // No original destination was restored: an ORIGINAL_DST cluster has no host.
  CHECK(dump.one(request_to("10.0.0.1", 82)).flags == "UH");
}
