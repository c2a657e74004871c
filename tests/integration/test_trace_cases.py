"""The cases of trace_cases.py: Envoy still does that, and the trace says so."""

import json
import unittest

import configuration as c
from envoy_process import Envoy, free_port
import trace_cases
import trace_cases_http
from upstream import Upstream
from upstream_view import seen_by_upstream
from xdscope_command import xdscope

CASES = [*trace_cases.CASES, *trace_cases_http.CASES]


def none(value):
    return None if value in (None, "-", "") else value


def request_of(given):
    method, path, host, headers = given if isinstance(given, tuple) else ("GET", given, "h.test", [])
    return {"method": method, "path": path, "authority": host, "headers": [list(h) for h in headers]}


def of_envoy(status, headers, seen):
    """What Envoy did, as a case says it."""
    if seen["details"] == "via_upstream":
        return ("forward", seen["cluster"], none(seen["route"]))
    return ("reply", status, seen["flags"], seen["details"].split("{")[0], none(seen["route"]),
            dict(headers).get("location"))


def of_trace(outcomes):
    if len(outcomes) != 1 or "certainty" in outcomes[0]:
        return ("undecided", outcomes)
    one = outcomes[0]
    if one["kind"] == "forward":
        return ("forward", one["cluster"], one["route"])
    if one["kind"] == "close":
        return ("close", one["flags"])
    return ("reply", one["code"], one["flags"], one["details"].split("{")[0], one["route"],
            one["location"])


class FixedCases(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        upstream = cls.enterClassContext(Upstream("one"))
        listeners = [{"name": f"l{number}", "address": c.loopback(free_port()),
                      "filter_chains": [{"filters": [c.http_filter(**manager)]}]}
                     for number, (_, manager, *_) in enumerate(CASES)]
        for listener in listeners:
            manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
            manager["route_config"] = {**manager["route_config"], "validate_clusters": False}
        envoy = cls.enterClassContext(Envoy({"static_resources": {
            "listeners": listeners, "clusters": [c.cluster("one", [upstream.port])]}}))
        cls.dump = dump = envoy.save("/config_dump?include_eds", "dump.json")
        cls.seen, cls.requests, cls.arrived = [], [], []
        requests = cls.requests
        for number, (_, _, given, *_) in enumerate(CASES):
            upstream.requests.clear()
            request = request_of(given)
            status, headers, _ = envoy.request(
                f"l{number}", request["method"], request["path"], host=request["authority"],
                headers=request["headers"])
            cls.seen.append(of_envoy(status, headers, envoy.access_log(number + 1)[number]))
            cls.arrived.append(upstream.requests[0] if upstream.requests else None)
            requests.append({"id": number, "dst": "127.0.0.1", "port": envoy.ports[f"l{number}"],
                             "source": "127.0.0.1", **request})
        lines = "".join(json.dumps(one) + "\n" for one in requests)
        traced = xdscope("trace", "-f", dump, "--requests", "-", "-o", "jsonl", stdin=lines)
        cls.traced = [of_trace(json.loads(line)["outcomes"]) for line in traced.splitlines()]

    def test_envoy_does_as_the_case_says(self):
        for (name, _, _, expected, *_), seen in zip(CASES, self.seen, strict=True):
            with self.subTest(name):
                self.assertEqual(seen, expected)

    def test_trace_says_what_envoy_does(self):
        for (name, _, _, expected, *_), traced in zip(CASES, self.traced, strict=True):
            with self.subTest(name):
                self.assertEqual(traced, expected)

    def test_what_the_upstream_sees(self):
        for case, arrived, request in zip(CASES, self.arrived, self.requests, strict=True):
            for expected in case[4:]:
                with self.subTest(case[0]):
                    self.assert_seen(expected, arrived, seen_by_upstream(self.dump, request))

    def assert_seen(self, expected, arrived, traced):
        headers = dict(arrived["headers"])
        for name, value in expected.items():
            if name in ("path", "host"):
                self.assertEqual(arrived["path"] if name == "path" else headers["host"], value)
                self.assertEqual(traced[name], value)
                continue
            self.assertEqual(headers.get(name), value, name)
            # Headers that were early on, or never, are no difference to be told.
            self.assertEqual(traced["headers"].get(name, value), value, name)


if __name__ == "__main__":
    unittest.main()
