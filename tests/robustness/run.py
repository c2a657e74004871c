#!/usr/bin/env python3
"""Hostile inputs, full disks, closed pipes and signals: what is promised in docs/reliability.md.

usage: run.py XDSCOPE [unittest arguments, as test_limits.Memory -v]
"""

import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

import unittest_runner  # noqa: E402


def main():
    os.environ["XDSCOPE_BINARY"] = str(pathlib.Path(sys.argv[1]).resolve())
    return unittest_runner.run(HERE, sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
