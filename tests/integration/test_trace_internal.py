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


def to_listener(name, listener):
    """A cluster whose endpoint is an internal listener."""
    sockets = f"{EXTENSIONS}.transport_sockets"
    raw = {"name": "raw", "typed_config": {"@type": f"{sockets}.raw_buffer.v3.RawBuffer"}}
    address = {"envoy_internal_address": {"server_listener_name": listener}}
    return {"name": name, "connect_timeout": "1s",
            "load_assignment": {"cluster_name": name, "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": address}}]}]},
            "transport_socket": {"name": "internal", "typed_config": {
                "@type": f"{sockets}.internal_upstream.v3.InternalUpstreamTransport",
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


OUTER = ("inner", "lost", "tls", "tcp")
INNER = manager({"match": {"prefix": "/inner"}, "name": "rewritten",
                 "direct_response": {"status": 418}},
                c.route("/up", "one", name="up"), c.route("/gone", "missing", name="gone"))
REQUESTS = [("inner", "/outer/a"), ("inner", "/up"), ("inner", "/gone"), ("inner", "/none"),
            ("lost", "/"), ("tls", "/"), ("tcp", "/")]


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
                    to_listener("tcp", "in-tcp")]
        envoy = self.enterContext(Envoy({"bootstrap_extensions": [BOOTSTRAP], "static_resources": {
            "listeners": listeners, "clusters": clusters}}))
        dump = envoy.save("/config_dump?include_eds", "dump.json")
        for name, path in REQUESTS:
            with self.subTest(name=name, path=path):
                before = len(envoy.access_log())
                status, _, _ = envoy.request(name, "GET", path)
                lines = envoy.access_log(before + (2 if name == "inner" else 1))[before:]
                # The last hop's line is the one without an internal upstream, where there are two.
                last = [one for one in lines if one["cluster"] != "inner"][0]
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
