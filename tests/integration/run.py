#!/usr/bin/env python3
"""Runs the integration tests with a real Envoy.

usage: run.py XDSCOPE [unittest arguments, as test_proxy_config.StaticConfiguration -v]

Exit status 77 (skipped) where no Envoy can be had; with XDSCOPE_REQUIRE_ENVOY=1, 1.
"""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "support")]

import envoy_binary  # noqa: E402
import unittest_runner  # noqa: E402


def main():
    os.environ["XDSCOPE_BINARY"] = str(pathlib.Path(sys.argv[1]).resolve())
    try:
        os.environ["XDSCOPE_ENVOY"] = str(envoy_binary.find_envoy())
    except envoy_binary.NoEnvoy as error:
        print(f"no Envoy: {error}")
        return 1 if os.environ.get("XDSCOPE_REQUIRE_ENVOY") == "1" else 77
    return unittest_runner.run(HERE, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
