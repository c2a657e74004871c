#!/usr/bin/env python3
"""Runs the integration tests with a real Envoy.

usage: run.py XDSCOPE [unittest arguments, as test_proxy_config.StaticConfiguration -v]

Exit status 77 (skipped) where no Envoy can be had; with XDSCOPE_REQUIRE_ENVOY=1, 1.
"""

import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import envoy_binary  # noqa: E402


def main():
    os.environ["XDSCOPE_BINARY"] = str(pathlib.Path(sys.argv[1]).resolve())
    try:
        os.environ["XDSCOPE_ENVOY"] = str(envoy_binary.find_envoy())
    except envoy_binary.NoEnvoy as error:
        print(f"no Envoy: {error}")
        return 1 if os.environ.get("XDSCOPE_REQUIRE_ENVOY") == "1" else 77
    loader = unittest.defaultTestLoader
    names = [name for name in sys.argv[2:] if not name.startswith("-")]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    return 1 if bad or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
