#!/usr/bin/env python3
"""Makes a large dump of a sidecar's real one: the same mesh many times over, with services renamed.

usage: make_dump.py OUT [--megabytes N] [--from CONFIG_DUMP] [--yaml]

Each copy gets service names and addresses of its own, the same in clusters, endpoints, virtual hosts
and listeners, so every link of the original leads somewhere in every copy. As in a real mesh, the
services of one port share a route configuration and, for HTTP, a listener.
"""

import argparse
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "samples/sidecar/config_dump.json"

# Stand in a template for what differs from copy to copy.
NUMBER, NETWORK = "\x01", "\x02"
MORE = "\x03"  # where the copies of a list's elements go


def service_names(dump):
    """The services' names, from clusters named direction|port|subset|NAME.NAMESPACE.svc.…"""
    names = set()
    for section in dump["configs"]:
        for entry in section.get("dynamic_active_clusters", []):
            host = entry["cluster"]["name"].split("|")[-1]
            if ".svc." in host:
                names.add(host.split(".")[0])
    return names


def service_networks(dump):
    """The first three numbers of the services' own addresses: those that listeners have."""
    names = [entry.get("name", "") for section in dump["configs"]
             for entry in section.get("dynamic_listeners", [])]
    found = (re.fullmatch(r"(\d+\.\d+\.\d+)\.\d+_\d+", name) for name in names)
    return {match[1] for match in found if match} - {"0.0.0"}


class Templates:
    """Turns values into text with marks for what a copy changes."""

    def __init__(self, dump):
        services = sorted(service_names(dump), key=len, reverse=True)
        networks = sorted(service_networks(dump))
        self._service = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, services))})(?![\w-])")
        self._network = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, networks))})\.(?=\d)")

    def text(self, value, depth):
        """JSON as Envoy prints it: one space a level."""
        lines = json.dumps(value, indent=1, ensure_ascii=False)
        return lines.replace("\n", "\n" + " " * depth)

    def marked(self, value, depth):
        text = self._service.sub(rf"\1{NUMBER}", self.text(value, depth))
        return self._network.sub(NETWORK, text)

    @staticmethod
    def copy(template, number):
        return (template.replace(NUMBER, f"-{number}")
                .replace(NETWORK, f"10.{number >> 8 & 255}.{number & 255}."))


def multiplied(templates, entries, copies, depth, name):
    """The texts of a list's entries, then of each copy of those that `name` says belong to a service."""
    texts = [templates.text(entry, depth) for entry in entries]
    marked = [templates.marked(entry, depth) for entry in entries
              if NUMBER in templates.marked(name(entry), 0)
              or NETWORK in templates.marked(name(entry), 0)]
    return texts + [templates.copy(template, number)
                    for number in range(1, copies + 1) for template in marked]


def route_entry(templates, entry, copies, depth):
    """A route configuration of a port: one more virtual host for each copy of a service."""
    hosts = entry["route_config"].get("virtual_hosts", [])
    more = multiplied(templates, hosts, copies, depth + 3, lambda host: host["name"])[len(hosts):]
    if not more:
        return templates.text(entry, depth)
    changed = json.loads(json.dumps(entry))
    changed["route_config"]["virtual_hosts"].insert(0, MORE)
    return templates.text(changed, depth).replace(
        json.dumps(MORE), (",\n" + " " * (depth + 3)).join(more))


def section_entries(templates, key, entries, copies, depth):
    if key == "dynamic_route_configs":
        whole = multiplied(templates, entries, copies, depth, lambda e: e["route_config"]["name"])
        ports = [route_entry(templates, entry, copies, depth)
                 if NUMBER not in templates.marked(entry["route_config"]["name"], 0)
                 else whole[number] for number, entry in enumerate(entries)]
        return ports + whole[len(entries):]
    names = {
        "dynamic_active_clusters": lambda e: e["cluster"]["name"],
        "dynamic_endpoint_configs": lambda e: e["endpoint_config"].get("cluster_name", ""),
        "dynamic_listeners": lambda e: e.get("name", ""),
    }
    return multiplied(templates, entries, copies if key in names else 0, depth,
                      names.get(key, lambda e: ""))


def make_dump(dump, copies):
    """The text of the dump with `copies` more of its services."""
    templates = Templates(dump)
    sections = []
    for section in dump["configs"]:
        members = []
        for key, value in section.items():
            if isinstance(value, list):
                entries = section_entries(templates, key, value, copies, 4)
                text = "[\n    " + ",\n    ".join(entries) + "\n   ]"
            else:
                text = templates.text(value, 3)
            members.append(f"   {json.dumps(key)}: {text}")
        sections.append("  {\n" + ",\n".join(members) + "\n  }")
    return '{\n "configs": [\n' + ",\n".join(sections) + "\n ]\n}\n"


PLAIN = re.compile(r"[A-Za-z_/.][\w/.@-]*(?::[\w/.@-]+)*")
NOT_STRINGS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", ".inf", ".nan"}


def yaml_scalar(value):
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and value.lower() not in NOT_STRINGS
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def yaml_lines(value, indent):
    """Block style, two spaces a level, as yq prints it."""
    if isinstance(value, dict):
        pairs = [(f"{yaml_scalar(key)}:", item) for key, item in value.items()]
    else:
        pairs = [("-", item) for item in value]
    for head, item in pairs:
        if not isinstance(item, (dict, list)) or not item:
            yield f"{indent}{head} {yaml_scalar(item)}"
        elif head == "-":
            first, *rest = yaml_lines(item, indent + "  ")
            yield f"{indent}- {first[len(indent) + 2:]}"
            yield from rest
        else:
            yield f"{indent}{head}"
            yield from yaml_lines(item, indent + "  ")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--megabytes", type=float, default=110)
    parser.add_argument("--from", dest="source", type=pathlib.Path, default=SAMPLE)
    parser.add_argument("--yaml", action="store_true")
    options = parser.parse_args()

    dump = json.loads(options.source.read_text())
    once, twice = len(make_dump(dump, 0)), len(make_dump(dump, 1))
    if twice == once:
        sys.exit(f"make_dump.py: {options.source} holds no service to multiply")
    text = make_dump(dump, max(0, round((options.megabytes * 1e6 - once) / (twice - once))))
    if options.yaml:
        text = "\n".join(yaml_lines(json.loads(text), "")) + "\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = options.out.with_name(f".{options.out.name}")
    unfinished.write_text(text)
    unfinished.rename(options.out)


if __name__ == "__main__":
    main()
