"""The trace against a real Envoy: routes and requests made by chance.

XDSCOPE_SEED repeats a run; XDSCOPE_REQUESTS says how many requests it sends (2400).
"""

import json
import os
import random
import unittest

import configuration as c
import filter_generator
import route_generator
from envoy_process import Envoy, free_port
import upstream_view
from upstream import Upstream
from upstream_view import seen_by_upstream
from xdscope_command import xdscope

SENT = ("via_upstream", "upstream_reset", "upstream_response",
        "websocket_handshake_unsuccessful")
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
        given = os.environ.get("XDSCOPE_SEED", "1")
        seed = random.SystemRandom().randrange(10**6) if given == "random" else int(given)
        count = int(os.environ.get("XDSCOPE_REQUESTS", "2400"))
        chance = random.Random(seed)
        print(f"seed {seed}, {count} requests")
        upstream = self.enterContext(Upstream("one"))
        listeners = []
        for number in range(LISTENERS):
            config = route_generator.route_config(chance, f"routes{number}")
            options = route_generator.manager_options(chance)
            if number % 2:
                filters = filter_generator.http_filters(chance)
                filter_generator.add_per_filter_config(chance, config, filters)
                options["http_filters"] = [*filters, c.router()]
                options["local_reply_config"] = filter_generator.local_reply(chance)
                if chance.random() < 0.4:
                    options["early_header_mutation_extensions"] = filter_generator.early_changes(chance)
                if chance.random() < 0.4:
                    options["upgrade_configs"] = [{"upgrade_type": "websocket", "filters": [
                        *filter_generator.http_filters(chance), c.router()]}]
            # Envoy would write a number of its own over that of an external request.
            manager = c.http_filter(route_config=config, preserve_external_request_id=True, **options)
            listeners.append({"name": f"l{number}", "address": c.loopback(free_port()),
                              "filter_chains": [{"filters": [manager]}]})
        clusters = [c.cluster(name, [upstream.port]) for name in ("one", "two", "three")]
        envoy = self.enterContext(Envoy(
            {"static_resources": {"listeners": listeners, "clusters": clusters}}))
        dump = envoy.save("/config_dump?include_eds", "dump.json")
        requests, locations, statuses, arrived = [], {}, {}, {}
        for number in range(count):
            listener = f"l{number % LISTENERS}"
            made = route_generator.request(chance)
            made |= {"id": number, "dst": "127.0.0.1", "port": envoy.ports[listener],
                     "source": "127.0.0.1"}
            headers = [*made["headers"], ["x-request-id", str(number)]]
            status, answer, _ = envoy.request(listener, made["method"], made["path"],
                                              host=made["authority"], headers=headers)
            statuses[number] = status
            arrived[number] = upstream.requests.pop() if upstream.requests else None
            locations[number] = dict(answer).get("location")
            requests.append(made)
        lines = "".join(json.dumps(made) + "\n" for made in requests)
        traced = {line["id"]: line["outcomes"] for line in map(json.loads, xdscope(
            "trace", "-f", dump, "--requests", "-", "-o", "jsonl", stdin=lines).splitlines())}
        differences = []
        for seen in envoy.access_log(count):
            if not (seen.get("id") or "").isdigit():
                continue
            statuses.pop(int(seen["id"]))
            made = requests[int(seen["id"])]
            if not agrees(seen, locations[made["id"]], traced[made["id"]]):
                differences.append(f"{json.dumps(made)}\n  Envoy {json.dumps(seen)} "
                                   f"{locations[made['id']]}\n  trace "
                                   f"{json.dumps(traced[made['id']])}")
        # What the codec refuses stands in the access log without the request's headers.
        for number, status in statuses.items():
            if not any(one["kind"] == "reply" and one["code"] == status for one in traced[number]):
                differences.append(f"{json.dumps(requests[number])}\n  Envoy {status}\n  trace "
                                   f"{json.dumps(traced[number])}")
        differences += self.upstream_differences(dump, requests, arrived, traced)
        compared = count - len(statuses)
        unknown = sum(any("certainty" in one for one in outcomes) for outcomes in traced.values())
        print(f"{compared} compared, {unknown} of the answers unknown")
        self.assertLess(unknown, count * 0.05)
        self.assertGreater(compared, count * 0.9)
        self.assertFalse(differences, f"seed {seed}: {len(differences)} of {compared} differ:\n"
                         + "\n".join(differences[:20]))

    def upstream_differences(self, dump, requests, arrived, traced):
        """Where the upstream saw something else than the trace says, of some of the requests."""
        sure = [made for made in requests
                if made["path"].startswith("/") and arrived[made["id"]] and len(traced[made["id"]]) == 1
                and traced[made["id"]][0]["kind"] == "forward"]
        sure = sure[:int(os.environ.get("XDSCOPE_UPSTREAM_REQUESTS", "300"))]
        differences = []
        for made in sure:
            seen = seen_by_upstream(dump, made)
            there = arrived[made["id"]]
            if seen is None:
                continue
            if different := upstream_view.differences(seen, there):
                differences.append(f"{json.dumps(made)}\n  {different}\n  upstream "
                                   f"{json.dumps(there)}\n  trace {json.dumps(seen)}")
        print(f"{len(sure)} compared as the upstream saw them")
        return differences


if __name__ == "__main__":
    unittest.main()
