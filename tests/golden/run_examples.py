#!/usr/bin/env python3
"""Runs the examples of the documentation and compares what they print.

usage: run_examples.py XDSCOPE [FILE.md…]   (README.md and docs/*.md where no file is named)

An example is a ```console block with lines `$ command`, each followed by what it prints (standard
output and standard error, as a terminal shows them). A line `…` or `...` stands for any lines, also
none. A block is run by one bash, in a folder that holds the repository's files; blocks without a
line `$ xdscope …` are left alone. Spaces at the end of a line do not count: editors remove them.
"""

import pathlib
import re
import sys
import tempfile

import command

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
OMITTED = ("…", "...")


def parse_block(text):
    """[(command, [lines])]: a command that ends in a backslash goes on in the next line."""
    steps, continued = [], False
    for line in text.splitlines():
        if continued:
            steps[-1][0] += "\n" + line.removeprefix("> ")
        elif line.startswith("$ "):
            steps.append([line[2:], []])
        elif steps:
            steps[-1][1].append(line.rstrip())
        continued = (continued or line.startswith("$ ")) and line.endswith("\\")
    return steps


def matches(want, got):
    """Whether the lines `got` are the lines `want`, where an omission fits any lines."""
    parts, part = [], []
    for line in want:
        if line in OMITTED:
            parts.append(part)
            part = []
        else:
            part.append(line)
    if not parts:
        return want == got
    head, middle, tail = parts[0], parts[1:], part
    if got[:len(head)] != head or len(head) + len(tail) > len(got):
        return False
    if tail and got[-len(tail):] != tail:
        return False
    at, end = len(head), len(got) - len(tail)
    for wanted in middle:
        while at + len(wanted) <= end and got[at:at + len(wanted)] != wanted:
            at += 1
        if at + len(wanted) > end:
            return False
        at += len(wanted)
    return True


def run_block(binary, steps):
    """The output of each step, run in one shell so that `cd` and `$?` are what they seem."""
    mark = "-- end of step --"
    script = "\n".join(f"{line}\n_status=$?; echo; echo '{mark}'; (exit $_status)"
                       for line, _ in steps)
    with tempfile.TemporaryDirectory() as folder:
        for entry in command.ROOT.iterdir():
            if not entry.name.startswith(".") and entry.name != "build":
                (pathlib.Path(folder) / entry.name).symlink_to(entry)
        result = command.run(binary, script, cwd=folder, merge=True)
    outputs = result.stdout.decode(errors="backslashreplace").split(f"\n{mark}\n")
    return [[line.rstrip() for line in output.rstrip("\n").split("\n")] if output.strip() else []
            for output in outputs[:-1]]


def check_file(binary, path):
    """(examples run, faults) of one document."""
    text, count, faults = path.read_text(), 0, []
    for block in BLOCK.finditer(text):
        steps = parse_block(block[1])
        if not any(line.startswith("xdscope") for line, _ in steps):
            continue
        start = text.count("\n", 0, block.start()) + 1
        outputs = run_block(binary, steps)
        for (line, want), got in zip(steps, outputs + [["(did not run)"]] * len(steps)):
            count += 1
            while want and not want[-1]:
                want.pop()
            if not matches(want, got):
                name = f"{path.relative_to(command.ROOT)}:{start}"
                faults.append(f"--- {name}: {line}\n" +
                              command.difference("\n".join(want), "\n".join(got), "output"))
    return count, faults


def main():
    binary = sys.argv[1]
    paths = [pathlib.Path(name).resolve() for name in sys.argv[2:]]
    if not paths:
        paths = [command.ROOT / "README.md", *sorted((command.ROOT / "docs").glob("**/*.md"))]
    paths = [path for path in paths if path.exists()]
    if not paths:
        print("no documentation")
        return 77
    count, faults = 0, []
    for path in paths:
        examples, wrong = check_file(binary, path)
        count, faults = count + examples, faults + wrong
    for fault in faults:
        print(fault)
    print(f"{count - len(faults)} passed, {len(faults)} failed")
    return 1 if faults or not count else 0


if __name__ == "__main__":
    sys.exit(main())
