"""The tables of a real Envoy's own answers, with a configuration of ours."""

import json
import unittest

import configuration as c
from envoy_process import Envoy
from upstream import Upstream
from xdscope_command import rows, xdscope

CLUSTER = ("SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE")
LISTENER = ("ADDRESSES", "PORT", "MATCH", "DESTINATION")
ROUTE = ("NAME", "VHOST NAME", "DOMAINS", "MATCH", "VIRTUAL SERVICE")
ENDPOINT = ("ENDPOINT", "STATUS", "OUTLIER CHECK", "CLUSTER")
EDS = ("NAME", "STATUS", "LOCALITY", "CLUSTER")


def istio(path):
    return {"filter_metadata": {"istio": {"config": f"/apis/networking.istio.io/v1/{path}"}}}


def shop_routes():
    shop = c.virtual_host("shop", ["shop.example", "www.shop.example", "shop", "*.shop"], [
        c.route("/cart", "outbound|80|v2|cart.shop.svc.cluster.local",
                metadata=istio("namespaces/shop/virtual-service/cart")),
        c.route({"path": "/health"}, "web"),
        c.route({"safe_regex": {"regex": "/item/[0-9]+"}}, "web"),
        c.route({"path_separated_prefix": "/api"}, "web"),
    ])
    return {"name": "shop", "virtual_hosts": [shop, c.virtual_host("blackhole", ["*"], [])]}


SHOP_ROWS = [
    ("shop", "shop", "shop.example, www.shop.example + 2 more...", "/cart*", "cart.shop"),
    ("shop", "shop", "shop.example, www.shop.example + 2 more...", "/health", ""),
    ("shop", "shop", "shop.example, www.shop.example + 2 more...", "regex /item/[0-9]+", ""),
    ("shop", "shop", "shop.example, www.shop.example + 2 more...", "PathPrefix:/api", ""),
    ("shop", "blackhole", "*", "/*", "404"),
]


class StaticConfiguration(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.web = cls.enterClassContext(Upstream("web"))
        cls.cart = cls.enterClassContext(Upstream("cart"))
        certificate, key = c.self_signed("secure.example")
        one_cluster = c.virtual_host("all", ["*"], [c.route("/", "web")])
        cls.envoy = cls.enterClassContext(Envoy({
            "node": {"id": "sidecar~10.0.0.1~shop-1.shop~shop.svc.cluster.local", "cluster": "shop"},
            "static_resources": {
                "clusters": [
                    c.cluster("web", [cls.web.port]),
                    c.cluster("outbound|80|v2|cart.shop.svc.cluster.local", [cls.cart.port],
                              metadata=istio("namespaces/shop/destination-rule/cart")),
                    c.cluster("empty", [], type="STRICT_DNS"),
                ],
                "listeners": [
                    {"name": "main", "address": c.loopback(),
                     "filter_chains": [{"filters": [c.http_filter(route_config=shop_routes())]}]},
                    {"name": "secure", "address": c.loopback(),
                     "listener_filters": [c.tls_inspector()],
                     "filter_chains": [
                         {"filter_chain_match": {"server_names": ["secure.example"],
                                                 "transport_protocol": "tls"},
                          "transport_socket": c.downstream_tls(certificate, key),
                          "filters": [c.http_filter(route_config={
                              "name": "secure", "virtual_hosts": [one_cluster]})]}],
                     "default_filter_chain": {"filters": [c.tcp_filter("web")]}},
                ],
            },
        }))
        cls.dump = cls.envoy.save("/config_dump?include_eds", "config_dump.json")
        cls.clusters = cls.envoy.save("/clusters?format=json", "clusters.json")

    def test_envoy_serves_as_configured(self):
        """The tables below speak of an Envoy that works."""
        self.assertEqual(self.envoy.request("main", "GET", "/cart/1", host="shop.example")[0], 200)
        self.assertEqual(self.envoy.request("main", "GET", "/", host="nobody.example")[0], 404)
        self.assertEqual(len(self.cart.requests), 1)
        served, refused = self.envoy.access_log(lines=2)
        self.assertEqual(served["cluster"], "outbound|80|v2|cart.shop.svc.cluster.local")
        self.assertEqual((refused["flags"], refused["details"]), ("NR", "route_not_found"))

    def test_cluster(self):
        self.assertEqual(rows(xdscope("pc", "cluster", "-f", self.dump), *CLUSTER), [
            ("cart.shop.svc.cluster.local", "80", "v2", "outbound", "STATIC", "cart.shop"),
            ("empty", "-", "-", "-", "STRICT_DNS", ""),
            ("web", "-", "-", "-", "STATIC", ""),
        ])

    def test_listener(self):
        table = rows(xdscope("pc", "listener", "-f", self.dump), *LISTENER)
        # A listener on port 0 stands in the dump as it was configured.
        self.assertCountEqual(table, [
            ("127.0.0.1", "0", "ALL", "Inline Route: shop.example/www.shop.example/shop/*.shop "
             "/cart*, /health, regex /item/[0-9]+, PathPrefix:/api;"),
            ("127.0.0.1", "0", "SNI: secure.example; Trans: tls", "Cluster: web"),
            ("127.0.0.1", "0", "ALL", "Cluster: web"),
        ])

    def test_route(self):
        table = rows(xdscope("pc", "route", "-f", self.dump), *ROUTE)
        self.assertEqual([row for row in table if row[0] == "shop"], SHOP_ROWS)
        self.assertEqual([row for row in table if row[0] == "secure"],
                         [("secure", "all", "*", "/*", "")])

    def test_route_json(self):
        printed = json.loads(xdscope("pc", "route", "--name", "shop", "-o", "json", "-f", self.dump))
        self.assertEqual([route["name"] for route in printed], ["shop"])
        routes = printed[0]["virtualHosts"][0]["routes"]
        self.assertEqual(routes[0]["match"], {"prefix": "/cart"})

    def test_endpoint(self):
        # A config_dump does not say what outlier detection thinks of a host.
        for source, outlier_check in ((self.clusters, "OK"), (self.dump, "-")):
            table = rows(xdscope("pc", "endpoint", "-f", source), *ENDPOINT)
            self.assertCountEqual(table, [
                (f"127.0.0.1:{self.cart.port}", "HEALTHY", outlier_check,
                 "outbound|80|v2|cart.shop.svc.cluster.local"),
                (f"127.0.0.1:{self.web.port}", "HEALTHY", outlier_check, "web"),
            ], source.name)

    def test_eds(self):
        table = rows(xdscope("pc", "eds", "-f", self.dump), *EDS)
        self.assertEqual([(row[0], row[3]) for row in table],
                         [(f"127.0.0.1:{self.cart.port}",
                           "outbound|80|v2|cart.shop.svc.cluster.local"),
                          (f"127.0.0.1:{self.web.port}", "web")])

    def test_bootstrap(self):
        printed = json.loads(xdscope("pc", "bootstrap", "-f", self.dump))
        self.assertEqual(printed["bootstrap"]["node"]["cluster"], "shop")
        self.assertNotIn("PRIVATE KEY", json.dumps(printed))

    def test_all(self):
        printed = xdscope("pc", "all", "-f", self.dump)
        for name in ("cluster/web", "listener/main", "route/shop", f"127.0.0.1:{self.web.port}"):
            self.assertIn(name, printed)


class DynamicConfiguration(unittest.TestCase):
    """Clusters, listeners, routes and endpoints as xDS gives them."""

    @classmethod
    def setUpClass(cls):
        web = cls.enterClassContext(Upstream("web"))
        cls.web_port = web.port
        service = "outbound|80||web.shop.svc.cluster.local"
        eds = {"name": service, "type": "EDS", "connect_timeout": "1s",
               "eds_cluster_config": {"eds_config": c.from_file("eds.json")}}
        routes = {"name": "80", "virtual_hosts": [c.virtual_host(
            "web.shop.svc.cluster.local:80",
            ["web.shop.svc.cluster.local", "web", "web.shop", "web.shop.svc"],
            [c.route("/", service)])]}
        manager = c.http_filter(rds={"route_config_name": "80",
                                     "config_source": c.from_file("rds.json")})
        cls.listener = {"name": "0.0.0.0_80", "address": c.loopback(),
                        "filter_chains": [{"filters": [manager]}]}
        cls.envoy = cls.enterClassContext(Envoy({
            "node": {"id": "test", "cluster": "test"},
            "dynamic_resources": {"cds_config": c.from_file("cds.json"),
                                  "lds_config": c.from_file("lds.json")},
        }, files={
            "cds.json": c.resources("cluster.v3.Cluster", eds),
            "eds.json": c.resources("endpoint.v3.ClusterLoadAssignment",
                                    c.endpoints(service, [cls.web_port])),
            "rds.json": c.resources("route.v3.RouteConfiguration", routes),
            "lds.json": c.resources("listener.v3.Listener", cls.listener),
        }))
        cls.dump = cls.envoy.save("/config_dump?include_eds", "config_dump.json")

    def test_tables(self):
        service = "outbound|80||web.shop.svc.cluster.local"
        self.assertEqual(rows(xdscope("pc", "cluster", "-f", self.dump), *CLUSTER), [
            ("web.shop.svc.cluster.local", "80", "-", "outbound", "EDS", "")])
        self.assertEqual(rows(xdscope("pc", "listener", "-f", self.dump), *LISTENER), [
            ("127.0.0.1", "0", "ALL", "Route: 80")])
        self.assertEqual(rows(xdscope("pc", "route", "-f", self.dump), *ROUTE), [
            ("80", "web.shop.svc.cluster.local:80", "web, web.shop", "/*", "")])
        self.assertEqual([(row[0], row[3]) for row in
                          rows(xdscope("pc", "eds", "-f", self.dump), *EDS)],
                         [(f"127.0.0.1:{self.web_port}", service)])

    def test_masks_and_resources(self):
        """Every way to ask for the clusters gives the same table."""
        whole = xdscope("pc", "cluster", "-f", self.dump)
        self.assertIn("web.shop.svc.cluster.local", whole)
        for query in ("mask=dynamic_active_clusters", "resource=dynamic_active_clusters"):
            part = self.envoy.save(f"/config_dump?{query}", "part.json")
            self.assertEqual(xdscope("pc", "cluster", "-f", part), whole, query)


class RejectedListener(unittest.TestCase):
    """Envoy refuses an update: the listener that it had goes on serving."""

    def test_listener_and_its_refused_successor(self):
        with Upstream("web") as web:
            good = {"name": "main", "address": c.loopback(),
                    "filter_chains": [{"filters": [c.tcp_filter("web")]}]}
            bad = {**good, "filter_chains": [{"filters": [c.tcp_filter("web")]},
                                             {"filters": [c.tcp_filter("web")]}]}
            kind = "listener.v3.Listener"
            with Envoy({
                "node": {"id": "test", "cluster": "test"},
                "static_resources": {"clusters": [c.cluster("web", [web.port])]},
                "dynamic_resources": {"lds_config": c.from_file("lds.json")},
            }, files={"lds.json": c.resources(kind, good)}) as envoy:
                envoy.replace("lds.json", c.resources(kind, bad))
                envoy.wait_for("/config_dump?resource=dynamic_listeners",
                               lambda answer: "error_state" in answer["configs"][0])
                dump = envoy.save("/config_dump", "rejected.json")
                self.assertEqual(rows(xdscope("pc", "listener", "-f", dump), *LISTENER),
                                 [("127.0.0.1", "0", "ALL", "Cluster: web")])
                wide = xdscope("pc", "listener", "-f", dump, "-o", "wide")
                self.assertIn("rejected: error adding listener", wide)


if __name__ == "__main__":
    unittest.main()
