"""Runs xdscope in a folder of its own and tells how it ended, what it said and what it took."""

import os
import pathlib
import subprocess
import sys
import tempfile
import types
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples/sidecar/config_dump.json"
ENVIRONMENT = os.environ | {"NO_COLOR": "1", "XDSCOPE_NOW": "2027-01-01T00:00:00Z"}


def binary():
    return os.environ["XDSCOPE_BINARY"]


def start(*arguments, **options):
    return subprocess.Popen([binary(), *map(str, arguments)], env=ENVIRONMENT, text=True,
                            **({"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options))


def run(*arguments, timeout=60, stdout=subprocess.PIPE, **options):
    """returncode, stdout and stderr."""
    process = start(*arguments, stdout=stdout, **options)
    out, errors = process.communicate(timeout=timeout)
    return types.SimpleNamespace(returncode=process.returncode, stdout=out or "", stderr=errors)


# A process begins with the memory of the one that starts it: that has to be a small one.
_MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(status if status >= 0 else 128 - status)
"""


def measure(*arguments, timeout=120):
    """As run(), and `memory`: the most bytes that it held."""
    with tempfile.NamedTemporaryFile("r") as told:
        result = subprocess.run([sys.executable, "-S", "-E", "-c", _MEASURE, told.name, binary(),
                                 *map(str, arguments)], env=ENVIRONMENT, text=True,
                                capture_output=True, timeout=timeout, check=False)
        return types.SimpleNamespace(returncode=result.returncode, stdout=result.stdout,
                                     stderr=result.stderr, memory=int(told.read()) * 1024)


def is_sanitized():
    """Sanitizers have a memory of their own."""
    return b"__asan_init" in pathlib.Path(binary()).read_bytes()


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def assert_refused(self, result, message, status=3):
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertIn(message, result.stderr)
        self.assertTrue(result.stderr.startswith("Error: "), result.stderr)

    def write_endless_rule(self, expression):
        return self.write("rule.yaml", f"""
id: ACME001
name: endless
severity: info
summary: Never ends
remediation: None
for: cluster
when: "{expression}"
message: never
""")
