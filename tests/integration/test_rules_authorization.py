"""The rules on authorization policies: what Envoy does is what the finding says."""

import json
import unittest

import configuration as c
import lint_findings as istio
from envoy_process import Envoy, free_port
from lint_findings import findings, header, node, path, principal, rbac
from upstream import Upstream

GUEST = "spiffe://cluster.local/ns/guest/sa/web"


def listener(name, filters, port=0, **fields):
    return {"name": name, "address": c.loopback(port), "filter_chains": [{"filters": filters}],
            **fields}


class Policies(unittest.TestCase):
    """Each test starts a proxy whose listeners hold the policy in question."""

    def start(self, who, *listeners):
        upstream = self.enterContext(Upstream("app"))
        envoy = self.enterContext(Envoy({"node": who, "static_resources": {
            "clusters": [c.cluster("app", [upstream.port])], "listeners": list(listeners)}}))
        self.dump = envoy.save("/config_dump", "config_dump.json")
        return envoy

    def status(self, envoy, name, target="/", host="shop.example", headers=()):
        return envoy.request(name, "GET", target, host=host, headers=headers)[0]


class PrincipalsOnPlainText(Policies):
    """AZ007."""

    def chains(self, port, filters, certificates):
        http = [istio.manager("app", filters)]
        return [{"name": "tls", "filter_chain_match": {"destination_port": port,
                                                       "transport_protocol": "tls"},
                 "transport_socket": certificates, "filters": http},
                {"name": "plain", "filter_chain_match": {"destination_port": port,
                                                         "transport_protocol": "raw_buffer"},
                 "filters": http}]

    def test_deny_and_not_principals_let_plain_text_in(self):
        certificate, key = c.self_signed("app", f"URI:{GUEST}")
        tls = c.downstream_tls(certificate, key)
        tls["typed_config"] |= {"require_client_certificate": True}
        tls["typed_config"]["common_tls_context"]["validation_context"] = {
            "trusted_ca": {"inline_string": certificate}}
        port = free_port()
        policies = [rbac({"no-guests": (path("/deny"), principal(GUEST))}, "DENY"),
                    rbac({"all-but-guests": (path("/not"), {"not_id": principal(GUEST)}),
                          "only-guests": (path("/only"), principal(GUEST)),
                          "deny-path": (path("/deny"), None)})]
        envoy = self.start(node("sidecar"), {
            "name": "virtualInbound", "address": c.loopback(port), "traffic_direction": "INBOUND",
            "listener_filters": [c.tls_inspector()],
            "filter_chains": self.chains(port, policies, tls)})
        by_tls = {target: istio.tls_request(port, target, certificate, key)
                  for target in ("/deny", "/not", "/only")}
        plain = {target: self.status(envoy, "virtualInbound", target) for target in by_tls}
        self.assertEqual(by_tls, {"/deny": 403, "/not": 403, "/only": 200})
        self.assertEqual(plain, {"/deny": 200, "/not": 200, "/only": 403})
        found = {finding["object"].split("/")[1].split(",")[0]: finding["severity"]
                 for finding in findings("AZ007", self.dump)}
        self.assertEqual(found, {"no-guests": "warning", "all-but-guests": "warning",
                                 "only-guests": "info"})


class ClientAddresses(Policies):
    """AZ008: behind a load balancer, which adds the client's address to x-forwarded-for."""

    FROM_OFFICE = [("x-forwarded-for", "203.0.113.7")]
    OFFICE = {"address_prefix": "203.0.113.0", "prefix_len": 24}

    def test_remote_ip_on_a_gateway(self):
        office = [rbac({"office": (None, {"remote_ip": self.OFFICE})})]
        envoy = self.start(
            node("router"),
            listener("trusts-none", [istio.manager("app", office, use_remote_address=True)]),
            listener("trusts-one", [istio.manager("app", office, use_remote_address=True,
                                                  xff_num_trusted_hops=1)]))
        self.assertEqual(self.status(envoy, "trusts-none", headers=self.FROM_OFFICE), 403)
        self.assertEqual(self.status(envoy, "trusts-one", headers=self.FROM_OFFICE), 200)
        found = findings("AZ008", self.dump)
        self.assertEqual([finding["severity"] for finding in found], ["warning"])
        self.assertIn("listener trusts-none trusts no proxy", found[0]["message"])

    def test_direct_remote_ip_on_a_sidecar(self):
        office = [rbac({"office": (None, {"direct_remote_ip": self.OFFICE})})]
        envoy = self.start(node("sidecar"), listener(
            "virtualInbound", [istio.manager("app", office, use_remote_address=False)]))
        self.assertEqual(self.status(envoy, "virtualInbound", headers=self.FROM_OFFICE), 403)
        self.assertEqual([finding["severity"] for finding in findings("AZ008", self.dump)], ["info"])


class HostsWithPorts(Policies):
    """AZ010."""

    def test_a_port_behind_the_host_passes(self):
        admin = header(":authority", "admin.example")
        any_port = {"or_rules": {"rules": [admin, {"header": {
            "name": ":authority", "string_match": {"prefix": "admin.example:"}}}]}}
        envoy = self.start(
            node("sidecar"),
            listener("deny", [istio.manager("app", [rbac({"deny": (admin, None)}, "DENY")])]),
            listener("allow", [istio.manager("app", [rbac({"allow": ({"not_rule": admin}, None)})])]),
            listener("covered", [istio.manager("app", [rbac({"cover": (any_port, None)}, "DENY")])]),
            listener("stripped", [istio.manager("app", [rbac({"strip": (admin, None)}, "DENY")],
                                                strip_any_host_port=True)]))
        seen = {name: (self.status(envoy, name, host="admin.example"),
                       self.status(envoy, name, host="admin.example:80"))
                for name in ("deny", "allow", "covered", "stripped")}
        self.assertEqual(seen, {"deny": (403, 200), "allow": (403, 200), "covered": (403, 403),
                                "stripped": (403, 403)})
        found = [finding["object"] for finding in findings("AZ010", self.dump)]
        self.assertCountEqual(found, [
            f"host admin.example in AuthorizationPolicy shop/{name}, rule 0"
            for name in ("deny", "allow")])


class FailureModes(Policies):
    """AZ012: the service that decides cannot be reached."""

    def filters(self, kind, service, **fields):
        grpc = {"grpc_service": {"envoy_grpc": {"cluster_name": "app"}, "timeout": "0.2s"}}
        config = grpc if service is None else {service: {**grpc, "transport_api_version": "V3"}}
        types = {"ext_authz": "ExtAuthz", "ratelimit": "RateLimit"}
        return [{"name": f"envoy.filters.http.{kind}", "typed_config": {
            "@type": f"{istio.FILTERS}.http.{kind}.v3.{types[kind]}", **config, **fields}}]

    def test_open_and_closed(self):
        limit = {"domain": "login"}
        cases = {
            "authz": (self.filters("ext_authz", None, transport_api_version="V3"), 403),
            "authz-open": (self.filters("ext_authz", None, transport_api_version="V3",
                                        failure_mode_allow=True), 200),
            "limit-open": (self.filters("ratelimit", "rate_limit_service", **limit), 200),
            "limit": (self.filters("ratelimit", "rate_limit_service", **limit,
                                   failure_mode_deny=True), 500)}
        action = {"actions": [{"generic_key": {"descriptor_value": "login"}}]}
        listeners = []
        for name, (filters, _) in cases.items():
            manager = istio.manager("app", filters)
            routes = manager["typed_config"]["route_config"]["virtual_hosts"][0]["routes"]
            routes[0]["route"]["rate_limits"] = [action]
            listeners.append(listener(name, [manager]))
        envoy = self.start(node("router"), *listeners)
        self.assertEqual({name: self.status(envoy, name) for name in cases},
                         {name: code for name, (_, code) in cases.items()})
        found = findings("AZ012", self.dump, rate_limit_domains=["login"])
        self.assertCountEqual([finding["object"].split(", ")[0] for finding in found], [
            "filter envoy.filters.http.ext_authz of listener authz-open",
            "filter envoy.filters.http.ratelimit of listener limit-open"])
        self.assertEqual(len(findings("AZ012", self.dump)), 1)


class RepeatedHeaders(Policies):
    """AZ011. Envoy up to 1.36.4 compares the values of a repeated header as one text with commas;
    XDSCOPE_ENVOY_VERSION=1.36.4 shows it."""

    def test_a_header_sent_twice(self):
        probe = self.enterContext(Envoy({}))
        version = json.loads(probe.get("/server_info"))["version"].split("/")[1]
        vulnerable = tuple(map(int, version.split(".")[:3])) <= (1, 36, 4)
        envoy = self.start(
            node("sidecar", ISTIO_VERSION="1.28.4" if vulnerable else "1.29.1"),
            listener("main", [istio.manager("app", [
                rbac({"tenant": (header("x-tenant", "evil"), None)}, "DENY")])]))
        once, twice = [("x-tenant", "evil")], [("x-tenant", "evil"), ("x-tenant", "other")]
        self.assertEqual(self.status(envoy, "main", headers=once), 403)
        self.assertEqual(self.status(envoy, "main", headers=twice), 200 if vulnerable else 403)
        self.assertEqual(len(findings("AZ011", self.dump)), 1 if vulnerable else 0)


if __name__ == "__main__":
    unittest.main()
