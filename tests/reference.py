#!/usr/bin/env python3
"""Compares xdscope with what istioctl printed and Envoy did, recorded in a folder beside this one.

usage: reference.py XDSCOPE REFERENCE_DIR

REFERENCE_DIR holds tools/ (the comparing programs) and data/ (the recordings).
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile


def python_with_yaml():
    """An interpreter that has PyYAML: this one, or the system's (where Debian's package puts it)."""
    for interpreter in (sys.executable, "/usr/bin/python3"):
        probe = subprocess.run([interpreter, "-c", "import yaml"], stderr=subprocess.DEVNULL,
                               check=False)
        if probe.returncode == 0:
            return interpreter
    sys.exit("reference.py: no Python here has PyYAML (Debian: python3-yaml)")


def has_command(binary, name):
    text = subprocess.run([binary, "--help"], capture_output=True, text=True, check=False).stdout
    return re.search(rf"^\s+{name}\b", text, re.M) is not None


def answered_by_itself(case, outcomes, capture):
    """Whether the recorded answer is that of the proxy's own listener, asked by the proxy itself.

    All addresses of the recordings were local to one host. A gateway listens on every address, so a
    request that it forwards to another pod at a port of its own comes back to it, with the path
    rewritten; what was recorded is the answer to that second request.
    """
    statuses = json.loads((capture / "listeners.json").read_text())["listener_statuses"]
    addresses = [s["local_address"].get("socket_address", {}) for s in statuses]
    own = {a["port_value"] for a in addresses if a.get("address") == "0.0.0.0"}
    return (case["observed"].get("details") == "route_not_found" and bool(outcomes)
            and all(o["kind"] == "forward" and o.get("endpoints")
                    and all(int(e.rsplit(":", 1)[1]) in own for e in o["endpoints"])
                    for o in outcomes))


def run_requests(python, tools, binary, capture, requests):
    """score_requests.py on the requests that say what the traced proxy did with them."""
    run = subprocess.run([binary, "trace", "-f", capture / "config_dump.json", "--requests", requests,
                          "-o", "jsonl"], capture_output=True, text=True, check=False)
    outcomes = {o["id"]: o["outcomes"] for o in map(json.loads, run.stdout.splitlines())}
    cases = [json.loads(line) for line in requests.read_text().splitlines()]
    kept = [c for c in cases if not answered_by_itself(c, outcomes.get(c["id"]), capture)]
    print(f"{len(cases) - len(kept)} of {len(cases)} recorded answers are the gateway's to itself")
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.write("".join(json.dumps(case) + "\n" for case in kept))
        file.flush()
        return subprocess.run([python, tools / "score_requests.py", binary,
                               capture / "config_dump.json", file.name], check=False).returncode


def main():
    binary, reference = sys.argv[1], pathlib.Path(sys.argv[2])
    data, tools = reference / "data", reference / "tools"
    python = python_with_yaml()
    runs = [("tables", [tools / "compare_tables.py", binary, data])]
    if has_command(binary, "trace"):
        for requests in sorted((data / "requests").glob("*.jsonl")):
            capture = data / "captures" / requests.stem
            runs.append((f"requests of {requests.stem}", (capture, requests)))
    failed = 0
    for name, command in runs:
        print(f"{name}:", flush=True)
        if isinstance(command, tuple):
            failed += run_requests(python, tools, binary, *command) != 0
        else:
            failed += subprocess.run([python, *map(str, command)], check=False).returncode != 0
    print(f"{len(runs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
