#!/usr/bin/env python3
"""Installs the build, builds the example against what was installed, and runs it.

usage: run.py BUILD_DIR
"""

import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
VIRTUAL_HOST = "bar-service.bar-namespace.svc.cluster.local:50002"
EXPECTED_ROUTES = (HERE / "expected_routes").read_text()


def run(*command):
    """The standard output of a command; ends the test where it fails."""
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {result.returncode}\n"
                 f"{result.stdout}{result.stderr}")
    return result.stdout


def check(condition, text):
    if not condition:
        sys.exit(text)


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    work = build / "library_example"
    shutil.rmtree(work, ignore_errors=True)
    prefix = work / "installed"
    run("cmake", "--install", build, "--prefix", prefix)

    plugin = prefix / "bin" / "kubectl-xdscope"
    check(plugin.is_symlink() and plugin.resolve() == (prefix / "bin" / "xdscope").resolve(),
          f"{plugin} is no link to xdscope")
    run(plugin, "version")

    run("cmake", "-S", HERE, "-B", work / "build", "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release",
        f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", work / "build")
    routes = run(work / "build" / "list_routes", ROOT / "samples/sidecar/config_dump.json",
                 VIRTUAL_HOST)
    check(routes == EXPECTED_ROUTES, f"list_routes printed\n{routes}not\n{EXPECTED_ROUTES}")


if __name__ == "__main__":
    main()
