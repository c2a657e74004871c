"""Runs command lines as a user would type them, in a world that is the same every time."""

import difflib
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOW = "2027-01-01T00:00:00Z"  # what xdscope takes for the present: the samples' certificates are valid
TIMEOUT = 60


def environment(binary):
    """The environment of a command: `xdscope` is found, nothing depends on who runs the tests."""
    keep = {k: v for k, v in os.environ.items()
            if k.startswith(("ASAN_", "UBSAN_", "LSAN_", "LD_LIBRARY_PATH"))}
    folder = str(pathlib.Path(binary).resolve().parent)
    return keep | {
        "PATH": f"{folder}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        "KUBECONFIG": "/nonexistent/config",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "NO_COLOR": "1",
        "XDSCOPE_NOW": NOW,
    }


def run(binary, line, cwd=ROOT, stdin=b"", merge=False):
    """Runs one line in bash; `merge` puts standard error into standard output, as a terminal does."""
    return subprocess.run(["bash", "-c", line], cwd=cwd, env=environment(binary), input=stdin,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT if merge else subprocess.PIPE,
                          timeout=TIMEOUT, check=False)


def difference(want, got, name):
    """A unified diff of two texts with trailing spaces made visible, at most 40 lines."""
    def visible(text):
        return [line[:len(line.rstrip())] + "·" * (len(line) - len(line.rstrip()))
                for line in text.split("\n")]
    lines = list(difflib.unified_diff(visible(want), visible(got), f"{name} (wanted)",
                                      f"{name} (got)", lineterm="", n=1))
    if len(lines) > 40:
        lines = lines[:40] + [f"… {len(lines) - 40} more lines"]
    return "\n".join(lines)
