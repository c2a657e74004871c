"""Runs xdscope, and reads its tables."""

import os
import subprocess
import types

XDSCOPE = os.environ.get("XDSCOPE_BINARY", "xdscope")


def xdscope(*arguments, status=0, stdin=None):
    """The standard output of a command, which must end with `status` and, if 0, say no more."""
    result = subprocess.run([XDSCOPE, *map(str, arguments)], input=stdin, capture_output=True,
                            text=True, timeout=60, check=False,
                            env=os.environ | {"NO_COLOR": "1"})
    if result.returncode != status or (status == 0 and result.stderr):
        raise AssertionError(f"xdscope {' '.join(map(str, arguments))}: exit status "
                             f"{result.returncode}, standard error: {result.stderr}")
    return result.stdout


def run(*arguments, env=None, memory=False, **options):
    """Runs a command, whatever comes of it: returncode, stdout, stderr and, on demand, `memory`: the
    most bytes it had at a time."""
    command = [XDSCOPE, *map(str, arguments)]
    if memory:  # a child of its own tells the memory of this command only
        command = ["python3", "-c", _MEASURE, *command]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False,
                            env=os.environ | {"NO_COLOR": "1"} | (env or {}), **options)
    measured = 0
    if memory:
        errors, _, number = result.stderr.rpartition("memory ")
        result.stderr, measured = errors, int(number) * 1024
    return types.SimpleNamespace(returncode=result.returncode, stdout=result.stdout,
                                 stderr=result.stderr, memory=measured)


_MEASURE = """
import resource, subprocess, sys
status = subprocess.run(sys.argv[1:]).returncode
print("memory", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


def rows(table, *header):
    """The rows of a table as tuples of cells; the first line must be exactly these headings."""
    lines = table.split("\n")
    starts, at = [], 0
    for heading in header:
        at = lines[0].index(heading, at)
        starts.append(at)
        at += len(heading)
    if tuple(lines[0].split()) != tuple(" ".join(header).split()):
        raise AssertionError(f"headings are {lines[0]!r}, not {header}")
    ends = [*starts[1:], None]
    return [tuple(line[start:end].strip() for start, end in zip(starts, ends))
            for line in lines[1:] if line]
