"""The trace against a real Envoy: which hosts of a cluster get traffic, clusters made by chance.

XDSCOPE_SEED repeats a run; XDSCOPE_CLUSTERS says how many clusters there are (60).
"""

import collections
import http.client
import json
import os
import random
import socket
import unittest

import cluster_generator
import configuration as c
from address_server import AddressServer
from envoy_process import Envoy, free_port
from xdscope_command import xdscope

REQUESTS = 80  # to each cluster
TCP = 12       # clusters that have a listener with a tcp_proxy, too


def ask_http(port, path):
    """What happens to the requests for this path: (flags, host) -> how often."""
    seen = collections.Counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(REQUESTS):
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read().decode()
        seen[body if response.status == 200 else response.getheader("x-flags")] += 1
    connection.close()
    return seen


def ask_tcp(port):
    seen = collections.Counter()
    for _ in range(REQUESTS):
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            try:
                connection.sendall(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n")
                answer = connection.recv(4096).decode()
            except ConnectionError:
                answer = ""
        seen[answer.split("\r\n\r\n")[-1] or "close"] += 1
    return seen


def differences(seen, outcomes, tcp, drain_is_hidden):
    """What is wrong with the outcomes, as words."""
    share, hosts = collections.Counter(), set()
    for outcome in outcomes:
        if "certainty" in outcome:
            return [] if drain_is_hidden else ["unknown"]
        if outcome["kind"] == "forward":
            share["forward"] += outcome["share"]
            hosts |= {address.rsplit(":", 1)[0] for address in outcome["endpoints"]}
        else:
            share["close" if tcp else outcome["flags"]] += outcome["share"]
    wrong = []
    count, reached = collections.Counter(), set()
    for what, times in seen.items():
        forwarded = what.startswith("127.")
        count["forward" if forwarded else what] += times
        reached |= {what} if forwarded else set()
    if reached - hosts:
        wrong.append(f"reached {sorted(reached - hosts)}")
    for what in share | count:
        # Four and a half standard deviations.
        allowed = 4.5 * (share[what] * (1 - share[what]) / REQUESTS) ** 0.5
        if abs(count[what] / REQUESTS - share[what]) > allowed + 0.01 or (
                count[what] and not share[what]):
            wrong.append(f"{what}: {count[what] / REQUESTS}, not {share[what]}")
    one_priority = len({host.split(".")[2] for host in hosts}) == 1 and len(
        {host.split(".")[1] for host in hosts}) == 1
    if one_priority and not drain_is_hidden and count["forward"] > 12 * len(hosts) and hosts - reached:
        wrong.append(f"never reached {sorted(hosts - reached)}")
    return wrong


class GeneratedClusters(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        given = os.environ.get("XDSCOPE_SEED", "1")
        self.seed = random.SystemRandom().randrange(10**6) if given == "random" else int(given)
        chance = random.Random(self.seed)
        upstream = self.enterContext(AddressServer())
        count = int(os.environ.get("XDSCOPE_CLUSTERS", "60"))
        plain = [cluster_generator.cluster(chance, number + 1, upstream.port)
                 for number in range(count)]
        # An aggregate takes its members' hosts whatever the route's metadata is.
        members = [one["name"] for one in plain if "lb_subset_config" not in one]
        self.clusters = plain + [cluster_generator.aggregate(chance, count + number + 1, members)
                                 for number in range(count // 4)]
        names = [one["name"] for one in self.clusters]
        self.routes = [cluster_generator.route(chance, name) for name in names]
        flags = {"header": {"key": "x-flags", "value": "%RESPONSE_FLAGS%"}}
        manager = c.http_filter(
            route_config={"name": "r", "validate_clusters": False, "virtual_hosts": [
                c.virtual_host("v", ["*"], self.routes)]},
            local_reply_config={"mappers": [{
                "filter": {"response_flag_filter": {}}, "headers_to_add": [flags]}]})
        listeners = [{"name": "http", "address": c.loopback(free_port()),
                      "filter_chains": [{"filters": [manager]}]}]
        self.tcp = {}
        for name in chance.sample(names, TCP):
            proxy = c.tcp_filter(name)
            del proxy["typed_config"]["cluster"]
            self.tcp[name] = cluster_generator.target(chance, name)
            proxy["typed_config"] |= self.tcp[name]
            listeners.append({"name": name, "address": c.loopback(free_port()),
                              "filter_chains": [{"filters": [proxy]}]})
        self.envoy = self.enterContext(Envoy(
            {"static_resources": {"listeners": listeners, "clusters": self.clusters}}))

    def unhealthy(self, cluster):
        listed = cluster.get("cluster_type", {}).get("typed_config", {}).get("clusters", [])
        text = json.dumps([one for one in self.clusters
                           if one["name"] in (cluster["name"], *listed)])
        return any(f'"{health}"' in text for health in ("UNHEALTHY", "DRAINING", "TIMEOUT"))

    def test_trace_says_what_envoy_does(self):
        asked = []
        for number, cluster in enumerate(self.clusters):
            asked.append((cluster, self.routes[number], "http", f"/{cluster['name']}",
                          ask_http(self.envoy.ports["http"], f"/{cluster['name']}")))
            if cluster["name"] in self.tcp:
                asked.append((cluster, self.tcp[cluster["name"]], cluster["name"], "/",
                              ask_tcp(self.envoy.ports[cluster["name"]])))
        lines = "".join(json.dumps(
            {"id": number, "dst": "127.0.0.1", "port": self.envoy.ports[listener],
             "source": "127.0.0.1", "authority": "h", "path": path}) + "\n"
            for number, (_, _, listener, path, _) in enumerate(asked))
        found = []
        # With the endpoints and without: then they are those of the clusters themselves.
        for form in ("/config_dump?include_eds", "/config_dump"):
            # EndpointsConfigDump says UNHEALTHY of draining endpoints, too.
            hidden = "include_eds" in form
            dump = self.envoy.save(form, "dump.json")
            traced = xdscope("trace", "-f", dump, "--requests", "-", "-o", "jsonl", stdin=lines)
            for (cluster, route, listener, _, seen), line in zip(asked, traced.splitlines(),
                                                                 strict=True):
                outcomes = json.loads(line)["outcomes"]
                if wrong := differences(seen, outcomes, listener != "http",
                                        hidden and self.unhealthy(cluster)):
                    found.append(f"{form} {listener} {wrong}\n  {json.dumps(cluster)}\n  "
                                 f"{json.dumps(route)}\n  {json.dumps(outcomes)}\n  {dict(seen)}")
        print(f"seed {self.seed}, {len(asked)} ways into {len(self.clusters)} clusters")
        if found:
            self.fail(f"seed {self.seed}: {len(found)} differ:\n" + "\n".join(found[:15]))


if __name__ == "__main__":
    unittest.main()
