"""Requests that go on through an internal listener of the same Envoy."""

import json
import unittest

import configuration as c
from envoy_process import Envoy, free_port
from upstream import Upstream
from xdscope_command import xdscope

EXTENSIONS = f"{c.ENVOY}.extensions"
BOOTSTRAP = {"name": "envoy.bootstrap.internal_listener", "typed_config": {
    "@type": f"{EXTENSIONS}.bootstrap.internal_listener.v3.InternalListener"}}


SOCKETS = f"{EXTENSIONS}.transport_sockets"


def upstream_tls(sni):
    return {"name": "tls", "typed_config": {
        "@type": f"{SOCKETS}.tls.v3.UpstreamTlsContext", "sni": sni, "common_tls_context": {}}}


def to_listener(name, listener, inner=None):
    """A cluster whose endpoint is an internal listener."""
    raw = inner or {"name": "raw", "typed_config": {"@type": f"{SOCKETS}.raw_buffer.v3.RawBuffer"}}
    address = {"envoy_internal_address": {"server_listener_name": listener}}
    return {"name": name, "connect_timeout": "1s",
            "load_assignment": {"cluster_name": name, "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": address}}]}]},
            "transport_socket": {"name": "internal", "typed_config": {
                "@type": f"{SOCKETS}.internal_upstream.v3.InternalUpstreamTransport",
                "transport_socket": raw}}}


def manager(*routes):
    return c.http_filter(route_config={"name": "r", "validate_clusters": False, "virtual_hosts": [
        c.virtual_host("v", ["*"], list(routes))]})


def listener(name, network_filter, **fields):
    return {"name": name, "filter_chains": [{"filters": [network_filter], **fields}]}


def outer(cluster):
    route = c.route("/outer", cluster, name="outer")
    route["route"]["prefix_rewrite"] = "/inner"
    return manager(c.route("/", cluster, name="plain") if cluster != "inner" else route,
                   c.route("/", cluster, name="plain"))


def rbac(principal):
    policy = {"permissions": [{"any": True}], "principals": [principal]}
    return {"name": "envoy.filters.network.rbac", "typed_config": {
        "@type": f"{EXTENSIONS}.filters.network.rbac.v3.RBAC", "stat_prefix": "r",
        "rules": {"action": "ALLOW", "policies": {"p": policy}}}}


def chain(name, **match):
    """A filter chain that answers with a route of its name."""
    answer = {"match": {"prefix": "/"}, "name": name, "direct_response": {"status": 200}}
    return {"name": name, "filter_chain_match": match, "filters": [manager(answer)]}


def range_of(address, length):
    return [{"address_prefix": address, "prefix_len": length}]


# An internal connection has no IP address: Envoy takes 255.255.255.255 for it in filter chains, and
# in RBAC it is in no range.
CHAINS = {
    "source": [chain("any"), chain("fake", source_prefix_ranges=range_of("255.255.255.255", 32))],
    "client": [chain("any"), chain("loopback", source_prefix_ranges=range_of("127.0.0.0", 8))],
    "to": [chain("any"), chain("fake", prefix_ranges=range_of("255.255.255.255", 32))],
    "type": [chain("local", source_type="SAME_IP_OR_LOOPBACK"),
             chain("external", source_type="EXTERNAL")],
    "rbac": [{"filters": [rbac({"source_ip": range_of("0.0.0.0", 0)[0]}), *chain("r")["filters"]]}],
    "plain-to-tls": [chain("any"), chain("tls", transport_protocol="tls")],
}
OUTER = ("inner", "lost", "tls", "tcp", "by-tls", *CHAINS)
INNER = manager({"match": {"prefix": "/inner"}, "name": "rewritten",
                 "direct_response": {"status": 418}},
                c.route("/up", "one", name="up"), c.route("/gone", "missing", name="gone"))
REQUESTS = [("inner", "/outer/a"), ("inner", "/up"), ("inner", "/gone"), ("inner", "/none"),
            ("lost", "/"), ("tls", "/"), ("tcp", "/"), ("by-tls", "/"),
            *((name, "/") for name in CHAINS)]


class InternalListeners(unittest.TestCase):
    def test_the_client_gets_what_the_inner_listener_answers(self):
        upstream = self.enterContext(Upstream("one"))
        listeners = [{**listener(name, outer(name)), "address": c.loopback(free_port())}
                     for name in OUTER]
        tls_only = {"filter_chain_match": {"transport_protocol": "tls"}}
        listeners += [{**listener("in", INNER), "internal_listener": {}},
                      {**listener("in-tls", INNER, **tls_only), "internal_listener": {}},
                      {**listener("in-tcp", c.tcp_filter("missing")), "internal_listener": {}}]
        clusters = [c.cluster("one", [upstream.port]), to_listener("inner", "in"),
                    to_listener("lost", "nowhere"), to_listener("tls", "in-tls"),
                    to_listener("tcp", "in-tcp"),
                    to_listener("by-tls", "in-by-tls", upstream_tls("in.test"))]
        by_tls = {**chain("tls", transport_protocol="tls", server_names=["in.test"]),
                  "transport_socket": c.downstream_tls(*c.self_signed("in.test"))}
        for name, chains in {"by-tls": [by_tls], **CHAINS}.items():
            listeners.append({"name": f"in-{name}", "internal_listener": {},
                              "listener_filters": [c.tls_inspector()], "filter_chains": chains})
        clusters += [to_listener(name, f"in-{name}") for name in CHAINS]
        envoy = self.enterContext(Envoy({"bootstrap_extensions": [BOOTSTRAP], "static_resources": {
            "listeners": listeners, "clusters": clusters}}))
        dump = envoy.save("/config_dump?include_eds", "dump.json")
        for name, path in REQUESTS:
            with self.subTest(name=name, path=path):
                before = len(envoy.access_log())
                status, _, _ = envoy.request(name, "GET", path)
                twice = name in ("inner", "by-tls") or name in CHAINS and name != "rbac"
                lines = envoy.access_log(before + (2 if twice else 1))[before:]
                # The last hop's line is the one without an internal upstream, where there are two.
                last = [one for one in lines if not twice or one["cluster"] != name][0]
                line = xdscope("trace", "-f", dump, f"http://localhost:{envoy.ports[name]}{path}",
                               "-o", "jsonl")
                (outcome,) = json.loads(line)["outcomes"]
                self.assertEqual(outcome["route"], last["route"])
                self.assertEqual(outcome["cluster"], last["cluster"])
                if outcome["kind"] == "forward":
                    self.assertEqual(last["details"], "via_upstream")
                    continue
                self.assertEqual((outcome["code"], outcome["flags"]), (status, last["flags"]))
                self.assertEqual(outcome["details"].split("{")[0], last["details"].split("{")[0])


if __name__ == "__main__":
    unittest.main()
