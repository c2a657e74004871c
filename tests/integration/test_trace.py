"""The trace against a real Envoy: routes and requests made by chance.

XDSCOPE_SEED repeats a run; XDSCOPE_REQUESTS says how many requests it sends (2400).
"""

import json
import os
import random
import unittest

import configuration as c
import route_generator
from envoy_process import Envoy, free_port
from upstream import Upstream
from xdscope_command import xdscope

SENT = ("via_upstream", "upstream_reset", "upstream_response")
LISTENERS = 8


def none(value):
    return None if value in (None, "-", "") else value


def agrees(seen, location, outcomes):
    """Whether one of the outcomes predicted is what Envoy did."""
    if abs(sum(outcome["share"] for outcome in outcomes) - 1) > 1e-6:
        return False
    for outcome in outcomes:
        named = all(none(seen.get(key)) == outcome.get(key) for key in ("cluster", "route"))
        if not named or outcome["share"] <= 0:
            continue
        if seen["details"].startswith(SENT):
            if outcome["kind"] == "forward":
                return True
        elif (outcome["kind"] == "reply" and outcome["code"] == seen["code"]
              and outcome["flags"] == seen["flags"]
              and outcome["details"].split("{")[0] == seen["details"].split("{")[0]
              and location in (None, outcome["location"])):
            return True
    return False


class GeneratedRoutes(unittest.TestCase):
    def test_trace_says_what_envoy_does(self):
        seed = int(os.environ.get("XDSCOPE_SEED", random.SystemRandom().randrange(10**6)))
        count = int(os.environ.get("XDSCOPE_REQUESTS", "2400"))
        chance = random.Random(seed)
        print(f"seed {seed}, {count} requests")
        upstream = self.enterContext(Upstream("one"))
        listeners = []
        for number in range(LISTENERS):
            manager = c.http_filter(
                route_config=route_generator.route_config(chance, f"routes{number}"),
                **route_generator.manager_options(chance))
            listeners.append({"name": f"l{number}", "address": c.loopback(free_port()),
                              "filter_chains": [{"filters": [manager]}]})
        clusters = [c.cluster(name, [upstream.port]) for name in ("one", "two", "three")]
        envoy = self.enterContext(Envoy(
            {"static_resources": {"listeners": listeners, "clusters": clusters}}))
        dump = envoy.save("/config_dump?include_eds", "dump.json")
        requests, locations = [], {}
        for number in range(count):
            listener = f"l{number % LISTENERS}"
            made = route_generator.request(chance)
            made |= {"id": number, "dst": "127.0.0.1", "port": envoy.ports[listener]}
            headers = [*made["headers"], ["x-request-id", str(number)]]
            _, answer, _ = envoy.request(listener, made["method"], made["path"],
                                         host=made["authority"], headers=headers)
            locations[number] = dict(answer).get("location")
            requests.append(made)
        lines = "".join(json.dumps(made) + "\n" for made in requests)
        traced = {line["id"]: line["outcomes"] for line in map(json.loads, xdscope(
            "trace", "-f", dump, "--requests", "-", "-o", "jsonl", stdin=lines).splitlines())}
        differences = []
        compared = 0
        for seen in envoy.access_log(count):
            if not (seen.get("id") or "").isdigit():
                continue
            compared += 1
            made = requests[int(seen["id"])]
            if not agrees(seen, locations[made["id"]], traced[made["id"]]):
                differences.append(f"{json.dumps(made)}\n  Envoy {json.dumps(seen)} "
                                   f"{locations[made['id']]}\n  trace "
                                   f"{json.dumps(traced[made['id']])}")
        self.assertGreater(compared, count * 0.95)
        self.assertFalse(differences, f"seed {seed}: {len(differences)} of {compared} differ:\n"
                         + "\n".join(differences[:20]))


if __name__ == "__main__":
    unittest.main()
