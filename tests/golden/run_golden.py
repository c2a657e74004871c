#!/usr/bin/env python3
"""Runs the golden tests: each folder under tests/golden that holds a file `cmd` is one case.

usage: run_golden.py XDSCOPE [PART_OF_A_CASE_NAME…]

  cmd      the command line, run by bash in the repository's root: xdscope pc cluster -f samples/…
  stdout   what it must print, to the byte
  stderr   what it must say on standard error; without this file, nothing
  exit     its exit status; without this file, 0
  stdin    its standard input, if it reads one

UPDATE_GOLDEN=1 writes the last three anew from what the program does: look at the git diff.
"""

import os
import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor

import command

HERE = pathlib.Path(__file__).resolve().parent


def expected(case, name, default):
    path = case / name
    return path.read_bytes().decode() if path.exists() else default


def write(case, name, text, default):
    """A file that says no more than its absence is not written."""
    if text != default:
        (case / name).write_bytes(text.encode())
    else:
        (case / name).unlink(missing_ok=True)


def run_case(binary, case, update):
    """What is wrong with the case; "" where nothing is."""
    stdin = case / "stdin"
    result = command.run(binary, (case / "cmd").read_text().strip(),
                         stdin=stdin.read_bytes() if stdin.exists() else b"")
    stdout = result.stdout.decode(errors="backslashreplace")
    stderr = result.stderr.decode(errors="backslashreplace")
    if update:
        (case / "stdout").write_bytes(stdout.encode())
        write(case, "stderr", stderr, "")
        write(case, "exit", f"{result.returncode}\n", "0\n")
        return ""
    if not (case / "stdout").exists():
        return "has no file stdout; UPDATE_GOLDEN=1 writes it"
    faults = []
    status = expected(case, "exit", "0").strip()
    if str(result.returncode) != status:
        faults.append(f"exit status {result.returncode}, not {status}")
    for name, got in (("stderr", stderr), ("stdout", stdout)):
        want = expected(case, name, "")
        if got != want:
            faults.append(command.difference(want, got, name))
    return "\n".join(faults)


def main():
    binary, wanted = sys.argv[1], sys.argv[2:]
    update = os.environ.get("UPDATE_GOLDEN") == "1"
    cases = [path.parent for path in sorted(HERE.rglob("cmd"))]
    names = {case: str(case.relative_to(HERE)) for case in cases}
    if wanted:
        cases = [case for case in cases if any(part in names[case] for part in wanted)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = list(pool.map(lambda case: run_case(binary, case, update), cases))
    failed = 0
    for case, fault in zip(cases, faults):
        if fault:
            failed += 1
            print(f"--- {names[case]}: {(case / 'cmd').read_text().strip()}\n{fault}")
    if update:
        print(f"{len(cases)} cases written")
        return 0
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
