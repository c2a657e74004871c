"""Runs the unittest cases of a folder and counts them in the last line."""

import sys
import unittest


def run(folder, arguments):
    """The exit status: 1 where a case failed or none ran. `arguments` name cases; none: all."""
    sys.path.insert(0, str(folder))
    loader = unittest.defaultTestLoader
    names = [name for name in arguments if not name.startswith("-")]
    suite = loader.loadTestsFromNames(names) if names else loader.discover(str(folder))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    return 1 if bad or not result.testsRun else 0
