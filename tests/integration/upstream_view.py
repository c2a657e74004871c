"""What the upstream sees of a request, as a trace's notes say it."""

import json
import re

from xdscope_command import xdscope


def seen_by_upstream(dump, request):
    """{"path", "host", "headers": {name: value, None for one that is gone}} from `trace -o json`; a
    value that the trace does not know is left out of `headers`, and named in "unknown"."""
    arguments = ["--source", request["source"],
                 "--to", f"{request['dst']}:{request['port']}"]
    for name, value in request["headers"]:
        arguments += ["-H", f"{name}: {value}"]
    traced = json.loads(xdscope("trace", "-f", dump, "-o", "json", *arguments,
                                request["method"], f"http://{request['authority']}{request['path']}"))
    seen = {"path": request["path"], "host": request["authority"], "headers": {}, "unknown": []}
    for note in (note for step in traced["steps"] for note in step["notes"]):
        if gone := re.fullmatch("the upstream does not see the header (.*)", note):
            seen["headers"][gone[1]] = None
        elif unknown := re.fullmatch("the upstream sees another (.*): which, only .*", note):
            seen["unknown"].append(unknown[1].removeprefix("header "))
        elif header := re.fullmatch("the upstream sees the header ([^ ]*) '(.*)'", note):
            seen["headers"][header[1]] = header[2]
        elif changed := re.fullmatch("the header ([^ ]*) becomes '(.*)'", note):
            seen["headers"][changed[1]] = changed[2]
        elif gone := re.fullmatch("the header (.*) goes", note):
            seen["headers"][gone[1]] = None
        elif path := re.fullmatch("the path becomes '(.*)'", note):
            seen["path"] = path[1]
        elif plain := re.fullmatch("the upstream sees the (path|host) '(.*)'", note):
            seen[plain[1]] = plain[2]
    return seen
