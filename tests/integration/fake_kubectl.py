#!/usr/bin/env python3
"""Stands in for kubectl on PATH: kubectl's own argument forms and messages, pods of a JSON file.

$FAKE_KUBECTL names a JSON file: {"pods": [pod, …], "objects": {"deployment/NAME": object, …},
"namespace": the context's, "admin": {"POD.NAMESPACE": port of loopback}, "forbid": ["get", …]}.
What it was called with is appended to "log", its process ids to "pids".
"""

import json
import os
import re
import socket
import sys
import threading
import time
import urllib.request

from admin_server import pump

WORLD = json.load(open(os.environ["FAKE_KUBECTL"]))
NOUNS = {"po": "pod", "pods": "pod", "deploy": "deployment", "deployments": "deployment",
         "svc": "service", "services": "service", "sts": "statefulset"}


def fail(message, status=1):
    print(message, file=sys.stderr)
    sys.exit(status)


def record(name, line):
    if name in WORLD:
        with open(WORLD[name], "a") as log:
            log.write(line + "\n")


def parse(arguments):
    """kubectl's command line (pflag): options anywhere before `--`, values behind = or next."""
    takes_value = {"--namespace": "n", "-n": "n", "--context": "context", "--kubeconfig": "kubeconfig",
                   "--output": "o", "-o": "o", "--selector": "l", "-l": "l", "--container": "c",
                   "-c": "c", "--address": "address"}
    flags = {"--all-namespaces": "A", "-A": "A"}
    options, words, rest = {}, [], []
    at = 0
    while at < len(arguments):
        word = arguments[at]
        at += 1
        if word == "--":
            rest = arguments[at:]
            break
        name, equals, value = word.partition("=")
        if name in takes_value:
            if not equals:
                value = arguments[at]
                at += 1
            options[takes_value[name]] = value
        elif name in flags:
            options[flags[name]] = True
        elif word.startswith("-"):
            fail(f"error: unknown flag: {word}\nSee 'kubectl {arguments[0]} --help' for usage.")
        else:
            words.append(word)
    return options, words, rest


def forbidden(verb, resource, name, namespace):
    fail(f'Error from server (Forbidden): {resource} "{name}" is forbidden: User "jane" cannot {verb} '
         f'resource "{resource}" in API group "" in the namespace "{namespace}"')


def matches(labels, selector):
    for part in filter(None, re.split(r",(?![^(]*\))", selector or "")):
        if inside := re.fullmatch(r"(\S+) (in|notin) \((.*)\)", part):
            if (labels.get(inside[1]) in inside[3].split(",")) != (inside[2] == "in"):
                return False
        elif part.startswith("!"):
            if part[1:] in labels:
                return False
        elif "=" in part:
            key, value = part.split("=", 1)
            if labels.get(key) != value:
                return False
        elif part not in labels:
            return False
    return True


def get(options, words):
    assert options.get("o") == "json", options
    namespace = options.get("n") or WORLD.get("namespace", "default")
    what = words[1]
    if "get" in WORLD.get("forbid", []):
        forbidden("get", "pods", what.partition("/")[2], namespace)
    if "/" not in what:
        found = [pod for pod in WORLD["pods"]
                 if (options.get("A") or pod["metadata"]["namespace"] == namespace)
                 and matches(pod["metadata"].get("labels", {}), options.get("l"))]
        print(json.dumps({"apiVersion": "v1", "kind": "List", "items": found}))
        return
    noun, name = what.split("/")
    noun = NOUNS.get(noun.lower(), noun.lower())
    if noun == "pod":
        for pod in WORLD["pods"]:
            if (pod["metadata"]["name"], pod["metadata"]["namespace"]) == (name, namespace):
                return print(json.dumps(pod))
        fail(f'Error from server (NotFound): pods "{name}" not found')
    if noun not in {key.split("/")[0] for key in WORLD["objects"]}:
        fail(f"error: the server doesn't have a resource type \"{noun}\"")
    found = WORLD["objects"].get(f"{noun}/{name}")
    if found is None or found["metadata"]["namespace"] != namespace:
        fail(f'Error from server (NotFound): {noun}s "{name}" not found')
    print(json.dumps(found))


def pod_of(words, options):
    kind, name = words[1].split("/")
    assert kind == "pod"
    return name, options.get("n") or WORLD.get("namespace", "default")


def port_forward(options, words):
    name, namespace = pod_of(words, options)
    local, remote = words[2].split(":")
    assert local == "" and options["address"] == "127.0.0.1", (words, options)
    if "portforward" in WORLD.get("forbid", []):
        fail(f'error: error upgrading connection: pods "{name}" is forbidden: User "jane" cannot create '
             f'resource "pods/portforward" in API group "" in the namespace "{namespace}"')
    time.sleep(WORLD.get("slow", 0))
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    print(f"Forwarding from 127.0.0.1:{port} -> {remote}", flush=True)
    while True:
        client, _ = server.accept()
        print(f"Handling connection for {port}", flush=True)
        try:
            admin = socket.create_connection(("127.0.0.1", WORLD["admin"][f"{name}.{namespace}"]))
        except OSError:
            client.close()
            fail(f"E0101 00:00:00.000000       1 portforward.go:424] \"Unhandled Error\" err=\"an error "
                 f"occurred forwarding {port} -> {remote}: error forwarding port {remote} to pod x, uid : "
                 f"failed to connect to localhost:{remote} inside namespace: connect: connection refused\""
                 "\nerror: lost connection to pod")
        threading.Thread(target=pump, args=(client, admin), daemon=True).start()
        threading.Thread(target=pump, args=(admin, client), daemon=True).start()


def execute(options, words, rest):
    name, namespace = pod_of(words, options)
    if "exec" in WORLD.get("forbid", []):
        forbidden("create", "pods/exec", name, namespace)
    assert options["c"] == "istio-proxy" and rest[:2] == ["pilot-agent", "request"], (options, rest)
    port = WORLD["admin"][f"{name}.{namespace}"]
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{rest[3]}", method=rest[2])
    with urllib.request.urlopen(request, timeout=30) as answer:
        sys.stdout.buffer.write(answer.read())


def main():
    record("log", json.dumps(sys.argv[1:]))
    record("pids", str(os.getpid()))
    options, words, rest = parse(sys.argv[1:])
    if options.get("context", "mesh") != "mesh":
        fail("Error in configuration: context was not found for specified context: "
             + options["context"])
    verb = words[0] if words else ""
    if verb == "get":
        return get(options, [verb, *rest])
    if verb == "port-forward":
        return port_forward(options, words)
    if verb == "exec":
        return execute(options, words, rest)
    fail(f'error: unknown command "{verb}" for "kubectl"')


if __name__ == "__main__":
    main()
