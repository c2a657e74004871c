#!/usr/bin/env python3
"""Hostile inputs, full disks, closed pipes and signals: what is promised in docs/reliability.md.

usage: run.py XDSCOPE [unittest arguments, as test_limits.Memory -v]
"""

import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))


def main():
    os.environ["XDSCOPE_BINARY"] = str(pathlib.Path(sys.argv[1]).resolve())
    loader = unittest.defaultTestLoader
    names = [name for name in sys.argv[2:] if not name.startswith("-")]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(HERE))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    return 1 if bad or not result.testsRun else 0


if __name__ == "__main__":
    sys.exit(main())
