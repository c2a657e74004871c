"""What the upstream sees of a request, as a trace's notes say it."""

import json
import re

from xdscope_command import xdscope


def seen_by_upstream(dump, request):
    """{"path", "host", "headers": {name: value, None for one that is gone}} from `trace -o json`; a
    value that the trace does not know is left out of `headers`, and named in "unknown". None where chance
    decides what it is."""
    arguments = ["--source", request["source"],
                 "--to", f"{request['dst']}:{request['port']}"]
    for name, value in request["headers"]:
        arguments += ["-H", f"{name}: {value}"]
    traced = json.loads(xdscope("trace", "-f", dump, "-o", "json", *arguments,
                                "-H", f"host: {request['authority']}", request["method"],
                                f"http://h.test{request['path']}"))
    seen = {"path": request["path"], "host": request["authority"], "headers": {}, "unknown": []}
    for note in (note for step in traced["steps"] for note in step["notes"]):
        if re.match(r"[0-9.e-]+ %: the upstream", note):
            return None  # chance decides
        if gone := re.fullmatch("the upstream does not see the header (.*)", note):
            seen["headers"][gone[1]] = None
        elif unknown := re.fullmatch("the upstream sees another (.*): which, only .*", note):
            seen["unknown"].append(unknown[1].removeprefix("header "))
        elif header := re.fullmatch("the upstream sees the header ([^ ]*) '(.*)'", note):
            seen["headers"][header[1]] = header[2]
        elif becomes := re.fullmatch("(path|host) '.*' becomes '(.*)'", note):
            seen[becomes[1]] = becomes[2]
        elif note.startswith("the upstream sees its own name"):
            seen["host"] = None
        elif plain := re.fullmatch("the upstream sees the (path|host) '(.*)'", note):
            seen[plain[1]] = plain[2]
    return seen


def differences(seen, arrived):
    """What the trace says of a request and the upstream saw otherwise: a list of texts."""
    headers = {}
    for name, value in arrived["headers"]:
        headers.setdefault(name, []).append(value)
    out = []
    for field, there in (("path", arrived["path"]), ("host", headers["host"][0])):
        if field not in seen["unknown"] and seen[field] not in (there, None):
            out.append(f"{field} {there}")
    for name, value in seen["headers"].items():
        found = headers.get(name)
        if value is None and found is not None:
            out.append(f"{name} {found}")
        elif value is not None and value not in (found or []):
            out.append(f"{name} {found}")
    return out
