"""The trace against a real Envoy: which listener and filter chain takes a connection.

XDSCOPE_SEED repeats a run; XDSCOPE_CONNECTIONS says how many there are (1500).
"""

import json
import os
import random
import socket
import unittest

import configuration as c
import connection_generator as generator
from address_server import AddressServer
from envoy_process import Envoy, free_port
from xdscope_command import xdscope

LISTENERS = 24
NOBODY = "closed"


def clusters(greeter):
    """One for each filter chain, at an address of loopback that stands for it."""
    names = [f"chain{number}" for number in range(generator.CHAINS)] + ["default"]
    named = {f"127.200.0.{number + 1}": name for number, name in enumerate(names)}
    made = []
    for address, name in named.items():
        one = c.cluster(name, [greeter.port])
        host = one["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]
        host["address"]["socket_address"]["address"] = address
        made.append(one)
    return made, named


def connect(made, address, port, named, before=b""):
    """The cluster that the connection comes to."""
    with socket.socket() as client:
        client.settimeout(30)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Closed at once, so that the port is free for the next.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if not before:
            client.bind((made["source"], made.get("source_port", 0)))
            made["source_port"] = client.getsockname()[1]
        try:
            client.connect((address, port))
            client.sendall(before + generator.first_bytes(made))
            answer = b""
            while piece := client.recv(4096):
                answer += piece
        except ConnectionError:
            return NOBODY
    return named.get(answer.decode(errors="replace"), NOBODY)


def of_trace(outcomes):
    if len(outcomes) != 1 or "certainty" in outcomes[0]:
        return ("undecided", outcomes)
    one = outcomes[0]
    return one["cluster"] if one["kind"] == "forward" else NOBODY


class GeneratedConnections(unittest.TestCase):
    def setUp(self):
        given = os.environ.get("XDSCOPE_SEED", "1")
        self.seed = random.SystemRandom().randrange(10**6) if given == "random" else int(given)
        self.count = int(os.environ.get("XDSCOPE_CONNECTIONS", "1500"))
        self.chance = random.Random(self.seed)
        greeter = self.enterContext(AddressServer(greets=True))
        self.clusters, self.named = clusters(greeter)
        self.external = generator.own_address()

    def compare(self, listeners, requests, seen, dump):
        lines = "".join(json.dumps(one) + "\n" for one in requests)
        traced = xdscope("trace", "-f", dump, "--requests", "-", "-o", "jsonl", stdin=lines)
        wrong, closed = [], 0
        for made, observed, line in zip(requests, seen, traced.splitlines(), strict=True):
            found = of_trace(json.loads(line)["outcomes"])
            closed += observed == NOBODY
            if found != observed:
                listener = [one for one in listeners if one["name"] == made["listener"]]
                wrong.append(f"{json.dumps(made)}\n  Envoy {observed}, trace {found}\n  "
                             f"{json.dumps(listener)}")
        print(f"seed {self.seed}, {len(seen)} connections, {closed} of them closed")
        self.assertLess(closed, len(seen) * 0.85)
        if wrong:
            self.fail(f"seed {self.seed}: {len(wrong)} of {len(seen)} differ:\n"
                      + "\n".join(wrong[:15]))

    def test_filter_chains_and_listeners_of_one_port(self):
        chance, listeners, ports = self.chance, [], []
        while len(listeners) < LISTENERS:
            port = free_port()
            ports.append(port)
            # Sockets of one port: an exact address takes connections before the wildcard.
            for address in chance.choice([["0.0.0.0"], ["0.0.0.0", "127.1.0.1"],
                                          ["127.0.0.2", "127.0.0.1"]]):
                listeners.append(generator.listener(
                    chance, f"{address}:{port}",
                    {"socket_address": {"address": address, "port_value": port}}, [port, port + 1]))
        envoy = self.enterContext(Envoy({"static_resources": {
            "listeners": listeners, "clusters": self.clusters}}))
        requests, seen = [], []
        for number in range(self.count):
            made = generator.connection(chance, self.external)
            address, port = chance.choice(generator.DESTINATIONS), chance.choice(ports)
            observed = connect(made, address, port, self.named)
            names = {one["name"] for one in listeners}
            name = f"{address}:{port}"
            made |= {"id": number, "dst": address, "port": port, "authority": "h", "path": "/",
                     "listener": name if name in names else f"0.0.0.0:{port}"}
            requests.append(made)
            seen.append(observed)
        self.compare(listeners, requests, seen,
                     envoy.save("/config_dump?include_eds", "dump.json"))

    def test_hand_off_by_original_destination(self):
        """A PROXY header stands for the redirection: it restores the destination, too."""
        chance, entry = self.chance, free_port()
        ports = [18001, 18002, 18003]
        first = generator.listener(chance, "entry", c.loopback(entry), [entry, *ports])
        first["use_original_dst"] = True
        first["traffic_direction"] = "OUTBOUND"
        first["listener_filters"].insert(0, generator.listener_filter(
            "proxy_protocol", "ProxyProtocol"))
        listeners = [first]
        for address in ("0.0.0.0", "10.0.0.1", "10.0.0.2", "::", "fd00::1"):
            for port in chance.sample(ports, 2):
                one = generator.listener(chance, f"{address}:{port}", {
                    "socket_address": {"address": address, "port_value": port}}, ports)
                listeners.append({**one, "bind_to_port": False})
                if address == "::" and chance.random() < 0.5:
                    one["address"]["socket_address"]["ipv4_compat"] = True
        for listener in listeners:
            # The peer's own address is not the header's.
            for chain in listener["filter_chains"]:
                chain["filter_chain_match"].pop("direct_source_prefix_ranges", None)
            listener["filter_chains"] = generator.compatible(listener["filter_chains"])
        envoy = self.enterContext(Envoy({"static_resources": {
            "listeners": listeners, "clusters": self.clusters}}))
        requests, seen = [], []
        for number in range(self.count // 3):
            made = generator.connection(chance, None)
            six = chance.random() < 0.3
            made["source"] = chance.choice(["fd00::9", "fd00::1"] if six else
                                           ["10.0.0.9", "127.1.1.7", "10.0.0.1"])
            made["source_port"] = 20001
            to = chance.choice(["fd00::1", "fd00::2"] if six else ["10.0.0.1", "10.0.0.2", "10.9.9.9"])
            port = chance.choice([*ports, 18009])
            header = f"PROXY TCP{6 if six else 4} {made['source']} {to} 20001 {port}\r\n".encode()
            seen.append(connect(made, "127.0.0.1", entry, self.named, header))
            requests.append({**made, "id": number, "dst": to, "port": port, "authority": "h",
                             "path": "/", "direction": "outbound", "listener": f"{to}:{port}"})
        self.compare(listeners, requests, seen,
                     envoy.save("/config_dump?include_eds", "dump.json"))


if __name__ == "__main__":
    unittest.main()
