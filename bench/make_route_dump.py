#!/usr/bin/env python3
"""Makes a sidecar's dump with many routes in one virtual host, and requests to them.

usage: make_route_dump.py DUMP REQUESTS [--routes N] [--requests N] [--from CONFIG_DUMP]

The routes are copies of those that the virtual host of bar-service really has (by header, query
parameter, regular expression, path and prefix), each copy under a path of its own; the requests go to all
of them alike, and one in ten to no route.
"""

import argparse
import copy
import json
import pathlib
import random

ROOT = pathlib.Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "samples/sidecar/config_dump.json"
ROUTES, HOST, PORT = "50002", "bar-service.bar-namespace", 50002
ADDRESS, ITEMS = "172.16.0.2", "/items/42"  # the service's; what its regular expression matches


def virtual_host(dump):
    for section in dump["configs"]:
        for entry in section.get("dynamic_route_configs", []):
            if entry["route_config"]["name"] != ROUTES:
                continue
            for host in entry["route_config"]["virtual_hosts"]:
                if HOST in host["domains"]:
                    return host
    raise SystemExit(f"make_route_dump.py: no virtual host for {HOST} in {ROUTES}")


def moved(route, number):
    """A copy of the route whose path begins with /team-NUMBER."""
    made = copy.deepcopy(route)
    match = made["match"]
    for kind in ("prefix", "path"):
        if kind in match:
            match[kind] = f"/team-{number}{match[kind]}"
    if "safe_regex" in match:
        match["safe_regex"]["regex"] = f"/team-{number}{match['safe_regex']['regex']}"
    return made


def path_of(route, number):
    match = route["match"]
    path = match.get("path") or match.get("prefix") or f"/team-{number}{ITEMS}"
    query = [f"{one['name']}={one['string_match']['exact']}"
             for one in match.get("query_parameters", [])]
    return path + ("?" + "&".join(query) if query else "")


def headers_of(route):
    """The headers that the route asks for; pseudo-headers are part of every request."""
    return [[one["name"], next(iter(one["string_match"].values()))]
            for one in route["match"].get("headers", []) if not one["name"].startswith(":")]


def make_requests(routes, count):
    chance = random.Random(1)
    for number in range(count):
        position = chance.randrange(len(routes))
        route = routes[position]
        path = "/nowhere" if chance.random() < 0.1 else path_of(route, position)
        yield {"id": number, "direction": "outbound", "dst": ADDRESS, "port": PORT,
               "source": "11.0.0.1", "sni": None, "authority": HOST, "method": "GET", "path": path,
               "headers": [["user-agent", "curl/8.5.0"], ["accept", "*/*"],
                           ["x-request-id", f"{number:032x}"], *headers_of(route)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dump", type=pathlib.Path)
    parser.add_argument("requests", type=pathlib.Path)
    parser.add_argument("--routes", type=int, default=200)
    parser.add_argument("--requests", dest="count", type=int, default=200_000)
    parser.add_argument("--from", dest="source", type=pathlib.Path, default=SAMPLE)
    options = parser.parse_args()

    dump = json.loads(options.source.read_text())
    host = virtual_host(dump)
    own = host["routes"]
    host["routes"] = [moved(own[i % len(own)], i) for i in range(options.routes)]
    options.dump.parent.mkdir(parents=True, exist_ok=True)
    requests = make_requests(host["routes"], options.count)
    for path, text in ((options.requests, "".join(json.dumps(one) + "\n" for one in requests)),
                       (options.dump, json.dumps(dump, indent=1))):
        unfinished = path.with_name(f".{path.name}")
        unfinished.write_text(text)
        unfinished.rename(path)


if __name__ == "__main__":
    main()
