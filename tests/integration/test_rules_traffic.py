"""The rules on egress, discovery and filters: what Envoy does is what the finding says."""

import base64
import hashlib
import hmac
import json
import ssl
import time
import unittest

import configuration as c
import lint_findings as istio
from envoy_process import Envoy, access_log, free_port
from lint_findings import FILTERS, findings, node, rbac
from upstream import Upstream


def inline(manager_config, port=0, name="main"):
    return {"name": name, "address": c.loopback(port),
            "filter_chains": [{"filters": [manager_config]}]}


class Egress(unittest.TestCase):
    """EG003 and EG004: a sidecar's catch-all listeners. The PROXY protocol stands for the kernel's
    redirection."""

    @classmethod
    def setUpClass(cls):
        cls.app = cls.enterClassContext(Upstream("app"))
        passthrough = {"type": "ORIGINAL_DST", "lb_policy": "CLUSTER_PROVIDED",
                       "connect_timeout": "1s"}
        blackhole = {"name": "BlackHoleCluster", "type": "STATIC", "connect_timeout": "1s"}
        cls.envoy = cls.enterClassContext(Envoy({
            "node": node("sidecar"),
            "static_resources": {
                "clusters": [blackhole, {"name": "InboundPassthroughCluster", **passthrough},
                             {"name": "PassthroughCluster", **passthrough}],
                "listeners": [
                    cls.catch_all("virtualOutbound", "virtualOutbound-catchall-tcp",
                                  "BlackHoleCluster"),
                    cls.catch_all("virtualInbound", "virtualInbound-catchall-tcp",
                                  "InboundPassthroughCluster")]}}))
        cls.ports = cls.envoy.ports

    @staticmethod
    def catch_all(name, chain, cluster):
        proxy = c.tcp_filter(cluster)
        proxy["typed_config"]["access_log"] = [access_log("FOLDER/access.log")]
        return {"name": name, "address": c.loopback(),
                "traffic_direction": name.removeprefix("virtual").upper(),
                "listener_filters": [istio.original_destination()],
                "filter_chains": [{"name": chain, "filters": [proxy]}]}

    def saved(self):
        return [self.envoy.save(path, name) for path, name in (
            ("/config_dump", "dump.json"), ("/stats?format=json", "stats.json"),
            ("/clusters?format=json", "clusters.json"))]

    def test_registry_only_drops(self):
        self.assertEqual(findings("EG003", *self.saved()), [])
        for _ in range(3):
            self.assertEqual(istio.redirected(self.ports["virtualOutbound"], self.app.port), b"")
        flags = [entry["flags"] for entry in self.envoy.access_log(3)]
        self.assertEqual(flags.count("UH"), 3, flags)
        found = findings("EG003", *self.saved())
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0]["message"].startswith("3 connections"), found[0]["message"])
        self.assertEqual(found[0]["effect"], {"code": None, "flags": "UH"})

    def test_inbound_passthrough_port(self):
        self.assertEqual(findings("EG004", *self.saved()), [])
        answer = istio.redirected(self.ports["virtualInbound"], self.app.port)
        self.assertIn(b"200 OK", answer)
        dump, stats, clusters = self.saved()
        by_clusters = findings("EG004", dump, clusters)
        self.assertEqual([found["message"] for found in by_clusters],
                         [f"Connections arrive on a port that no Service names: {self.app.port}"])
        by_stats = findings("EG004", dump, stats)
        self.assertIn("1 connections have arrived", by_stats[0]["message"])


class TlsIntoPlainHttp(unittest.TestCase):
    """RT004 on ports of TLS."""

    def test_tls_fails(self):
        app = self.enterContext(Upstream("app"))
        port = free_port()
        listener = {"name": "0.0.0.0", "traffic_direction": "OUTBOUND", "filter_chains": [
            {"filters": [istio.manager("app")]}], "address": {"socket_address": {
                "address": "0.0.0.0", "port_value": port}}}
        envoy = self.enterContext(Envoy({
            "node": node("sidecar"), "static_resources": {
                "clusters": [c.cluster("app", [app.port])], "listeners": [listener]}}))
        self.assertEqual(envoy.request(port, "GET", "/")[0], 200)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            istio.tls_request(port, "/", *c.self_signed("client"))
        found = findings("RT004", envoy.save("/config_dump", "dump.json"), tls_ports=[str(port)])
        self.assertEqual([finding["object"] for finding in found], ["listener 0.0.0.0"])


class Warming(unittest.TestCase):
    """XD002."""

    WAITS = "outbound|80||waits.shop.svc.cluster.local"

    def test_what_is_warming_serves_nobody(self):
        nobody = c.cluster("control-plane", [free_port()], **{
            "typed_extension_protocol_options": {
                "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                    "@type": f"{c.ENVOY}.extensions.upstreams.http.v3.HttpProtocolOptions",
                    "explicit_http_config": {"http2_protocol_options": {}}}}})
        grpc = {"resource_api_version": "V3", "initial_fetch_timeout": "0s",
                "api_config_source": {
                    "api_type": "GRPC", "transport_api_version": "V3",
                    "grpc_services": [{"envoy_grpc": {"cluster_name": "control-plane"}}]}}
        waits = {"name": self.WAITS, "type": "EDS", "connect_timeout": "1s",
                 "eds_cluster_config": {"eds_config": grpc}}
        routes = {"name": "80", "validate_clusters": False, "virtual_hosts": [
            c.virtual_host("waits", ["*"], [c.route("/", self.WAITS)])]}
        envoy = self.enterContext(Envoy(
            {"node": node("sidecar"),
             "dynamic_resources": {"cds_config": c.from_file("cds.json")},
             "static_resources": {"clusters": [nobody],
                                  "listeners": [inline(c.http_filter(route_config=routes))]}},
            files={"cds.json": c.resources("cluster.v3.Cluster", c.cluster("there", []))}))
        envoy.replace("cds.json", c.resources("cluster.v3.Cluster", c.cluster("there", []), waits))
        envoy.wait_for("/config_dump?mask=dynamic_warming_clusters",
                       lambda answer: self.WAITS in json.dumps(answer))
        self.assertEqual(envoy.request("main", "GET", "/")[0], 503)
        self.assertEqual(envoy.access_log(1)[0]["flags"], "NC")
        time.sleep(2.1)
        dump = envoy.save("/config_dump", "dump.json")
        info = envoy.save("/server_info", "server_info.json")
        self.assertEqual(findings("XD002", dump, info), [])
        found = findings("XD002", dump, info, max_warming_seconds=0)
        self.assertEqual([finding["object"] for finding in found], [f"cluster {self.WAITS}"])
        self.assertEqual(found[0]["severity"], "error")
        self.assertEqual(found[0]["effect"], {"code": 503, "flags": "NC"})

    def test_a_refused_cluster_stands_among_those_that_warm(self):
        refused = c.cluster("refused", [free_port()], lb_policy="RING_HASH", ring_hash_lb_config={
            "minimum_ring_size": "100", "maximum_ring_size": "10"})
        envoy = self.enterContext(Envoy(
            {"node": node("sidecar"),
             "dynamic_resources": {"cds_config": c.from_file("cds.json")}},
            files={"cds.json": c.resources("cluster.v3.Cluster", c.cluster("there", []))}))
        envoy.replace("cds.json", c.resources("cluster.v3.Cluster", c.cluster("there", []), refused))
        envoy.wait_for("/stats?format=json&filter=cds.update_rejected",
                       lambda answer: answer["stats"] and answer["stats"][0]["value"] == 1)
        time.sleep(1.1)
        found = findings("XD002", envoy.save("/config_dump", "dump.json"),
                         envoy.save("/server_info", "server_info.json"),
                         envoy.save("/stats?format=json", "stats.json"), max_warming_seconds=0)
        self.assertEqual([finding["object"] for finding in found], ["cluster refused"])
        self.assertTrue(found[0]["message"].endswith("; Envoy has rejected 1 update"))


class Extensions(unittest.TestCase):
    """EF001."""

    def filter(self, name, **discovery):
        silent = {"resource_api_version": "V3", "initial_fetch_timeout": "0.2s",
                  "path_config_source": {"path": "FOLDER/empty.json"}}
        return {"name": name, "config_discovery": {
            "config_source": silent, "type_urls": [f"{FILTERS}.http.lua.v3.Lua".replace(
                "type.googleapis.com/", "")], **discovery}}

    def test_a_filter_whose_configuration_never_comes(self):
        lua = {"@type": f"{FILTERS}.http.lua.v3.Lua", "default_source_code": {
            "inline_string": "function envoy_on_request(h) h:respond({[':status']='299'}, '') end"}}
        app = self.enterContext(Upstream("app"))
        envoy = self.enterContext(Envoy(
            {"node": node("sidecar"),
             "static_resources": {
                 "clusters": [c.cluster("app", [app.port])],
                 "listeners": [
                     inline(istio.manager("app", [self.filter("shop.never")]), name="never"),
                     inline(istio.manager("app", [self.filter(
                         "shop.default", default_config=lua,
                         apply_default_config_without_warming=True)]), name="default"),
                     inline(istio.manager("app"), name="plain")]}},
            files={"empty.json": {"resources": []}}))
        self.assertEqual(envoy.request("never", "GET", "/")[0], 500)
        self.assertEqual(envoy.request("default", "GET", "/")[0], 299)
        self.assertEqual(envoy.request("plain", "GET", "/")[0], 200)
        self.assertEqual(envoy.access_log(3)[0]["flags"], "NFCF")
        found = findings("EF001", envoy.save("/config_dump", "dump.json"))
        self.assertEqual([(finding["object"], finding["severity"], finding["effect"])
                          for finding in found],
                         [("HTTP filter shop.never", "error", {"code": 500, "flags": "NFCF"}),
                          ("HTTP filter shop.default", "warning", None)])


def unpadded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class FilterOrder(unittest.TestCase):
    """EF002."""

    SECRET = b"a key of the test's own, 32 byte"

    def token(self):
        parts = [{"alg": "HS256", "kid": "k"}, {"iss": "shop", "exp": int(time.time()) + 600}]
        text = ".".join(unpadded(json.dumps(part).encode()) for part in parts)
        return f"{text}.{unpadded(hmac.new(self.SECRET, text.encode(), hashlib.sha256).digest())}"

    def authentication(self):
        keys = {"keys": [{"kty": "oct", "alg": "HS256", "kid": "k", "k": unpadded(self.SECRET)}]}
        return {"name": "envoy.filters.http.jwt_authn", "typed_config": {
            "@type": f"{FILTERS}.http.jwt_authn.v3.JwtAuthentication",
            "providers": {"shop": {"issuer": "shop", "payload_in_metadata": "payload",
                                   "local_jwks": {"inline_string": json.dumps(keys)}}},
            "rules": [{"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": [
                {"provider_name": "shop"}, {"allow_missing": {}}]}}}]}}

    def test_authorization_before_what_it_needs(self):
        issuer = {"metadata": {"filter": "envoy.filters.http.jwt_authn",
                               "path": [{"key": "payload"}, {"key": "iss"}],
                               "value": {"string_match": {"exact": "shop"}}}}
        policy = rbac({"issuer": (None, issuer)})
        source = "function envoy_on_request(h) h:respond({[':status']='299'}, '') end"
        script = {"name": "shop.script", "typed_config": {
            "@type": f"{FILTERS}.http.lua.v3.Lua", "default_source_code": {"inline_string": source}}}
        app = self.enterContext(Upstream("app"))
        envoy = self.enterContext(Envoy({
            "node": node("sidecar"),
            "static_resources": {
                "clusters": [c.cluster("app", [app.port])],
                "listeners": [
                    inline(istio.manager("app", [self.authentication(), policy]), name="right"),
                    inline(istio.manager("app", [policy, self.authentication()]), name="wrong"),
                    inline(istio.manager("app", [script, policy]), name="early"),
                    inline(istio.manager("app", [policy, script]), name="late")]}}))
        token = [("authorization", f"Bearer {self.token()}")]
        self.assertEqual(envoy.request("right", "GET", "/", headers=token)[0], 200)
        self.assertEqual(envoy.request("right", "GET", "/")[0], 403)
        self.assertEqual(envoy.request("wrong", "GET", "/", headers=token)[0], 403)
        # A filter in front sees what is refused behind it.
        self.assertEqual(envoy.request("early", "GET", "/")[0], 299)
        self.assertEqual(envoy.request("late", "GET", "/")[0], 403)
        dump = envoy.save("/config_dump", "dump.json")
        found = {finding["object"]: finding["severity"] for finding in findings("EF002", dump)}
        self.assertEqual(found, {
            "order of envoy.filters.http.jwt_authn and envoy.filters.http.rbac in listener wrong":
                "warning",
            "filter shop.script in listener early": "info"})
        required = findings("EF002", dump, required=["shop.script"], order=[],
                            before_authorization=["*"])
        self.assertCountEqual([finding["object"] for finding in required],
                              [f"filter shop.script in listener {name}"
                               for name in ("right", "wrong")])


class OversizedConfiguration(unittest.TestCase):
    """XD003."""

    def test_clusters_that_nobody_connects_to(self):
        names = [f"outbound|80||s{number}.shop.svc.cluster.local" for number in range(501)]
        app = self.enterContext(Upstream("app"))
        envoy = self.enterContext(Envoy({
            "node": node("sidecar"),
            "static_resources": {
                "clusters": [c.cluster(name, [app.port]) for name in names],
                "listeners": [inline(istio.manager(names[7]))]}}))
        self.assertEqual(envoy.request("main", "GET", "/")[0], 200)
        dump = envoy.save("/config_dump", "dump.json")
        clusters = envoy.save("/clusters?format=json", "clusters.json")
        found = findings("XD003", dump, clusters)
        self.assertEqual([finding["message"] for finding in found], [
            "501 outbound clusters, 1 of them in use (routed to by a VirtualService, or connected to)"])
        self.assertEqual(findings("XD003", dump, clusters, max_clusters=501), [])


if __name__ == "__main__":
    unittest.main()
