#!/usr/bin/env python3
"""Measures xdscope on a large dump, beside simdjson loading and parsing the same file.

usage: run.py --build BUILD_DIR [--runs N] [--dump CONFIG_DUMP] [--made]

The dump is --dump, else a real one of 110 MB where the reference data lies beside the repository
(--made: not even then), else one made from samples/. Each figure is the median of N runs; the runs of
all commands take turns, so that what else the machine does falls on all of them alike.
"""

import argparse
import gzip
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
REFERENCE = pathlib.Path(os.environ.get("XDSCOPE_REFERENCE_DIR", ROOT.parent / "shared"))
SMALL = ROOT / "samples/sidecar/config_dump.json"
WORK = ROOT / "build/bench"
TABLES = ("cluster", "listener", "route", "eds", "all")
MB = 1e6


def made(name, *arguments):
    """A file that make_dump.py makes, kept until the next `make clean`."""
    path = WORK / name
    maker = ROOT / "bench/make_dump.py"
    if not path.exists() or path.stat().st_mtime < maker.stat().st_mtime:
        print(f"making {path.relative_to(ROOT)} …", flush=True)
        subprocess.run([sys.executable, maker, path, *arguments], check=True)
    return path


def many_requests():
    """A dump with a virtual host of 200 routes, and a file of requests to it."""
    dump, requests = WORK / "routes_dump.json", WORK / "requests.jsonl"
    maker = ROOT / "bench/make_route_dump.py"
    if not dump.exists() or dump.stat().st_mtime < maker.stat().st_mtime:
        print(f"making {dump.relative_to(ROOT)} …", flush=True)
        subprocess.run([sys.executable, maker, dump, requests], check=True)
    return dump, requests


def large_dump(options):
    if options.dump:
        return options.dump
    packed = REFERENCE / "data/big/config_dump.json.gz"
    if options.made or not packed.exists():
        return made("made_dump.json")
    path = WORK / "reference_dump.json"
    if not path.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}")
        with gzip.open(packed) as source, open(unfinished, "wb") as target:
            shutil.copyfileobj(source, target)
        unfinished.rename(path)
    return path


class Measurements:
    """Wall seconds and peak bytes of commands, by name."""

    def __init__(self, measure, runs):
        self._measure, self._runs = measure, runs
        self.seconds, self.peak, self.status = {}, {}, {}

    def take(self, commands):
        """Runs each command once to warm up, then all of them in turn, `runs` times."""
        samples = {name: [] for name in commands}
        for turn in range(self._runs + 1):
            for name, command in commands.items():
                output = subprocess.run([self._measure, *map(str, command)], check=True, text=True,
                                        stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL).stdout.split()
                if turn > 0:
                    samples[name].append((float(output[0]), int(output[1]) * 1024))
                self.status[name] = int(output[2])
        for name, pairs in samples.items():
            self.seconds[name] = statistics.median(seconds for seconds, _ in pairs)
            self.peak[name] = statistics.median(peak for _, peak in pairs)

    def note(self, name):
        return f"  exit status {self.status[name]}!" if self.status[name] else ""


def print_large(measured, dump, names, base):
    size = dump.stat().st_size
    print(f"\n{dump.name}, {size / MB:.1f} MB")
    print(f"{'':28}{'wall s':>9}{'x simdjson':>12}{'peak MB':>10}{'x file':>8}")
    for name in names:
        print(f"{name:28}{measured.seconds[name]:9.3f}"
              f"{measured.seconds[name] / measured.seconds[base]:12.2f}"
              f"{measured.peak[name] / MB:10.1f}{measured.peak[name] / size:8.2f}"
              f"{measured.note(name)}")


def print_requests(measured, requests):
    with requests.open() as file:
        count = sum(1 for _ in file)
    seconds = measured.seconds["trace"]
    print(f"\n{requests.name}, {count} requests to a virtual host of 200 routes: trace "
          f"{seconds:.3f} s on one core, {count / seconds:,.0f} requests/s, "
          f"{seconds / measured.seconds['parse requests']:.1f} x simdjson parsing them"
          f"{measured.note('trace')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--dump", type=pathlib.Path)
    parser.add_argument("--made", action="store_true")
    options = parser.parse_args()
    xdscope = options.build / "xdscope"
    dump, yaml = large_dump(options), made("made_dump.yaml", "--megabytes", "25", "--yaml")

    measured = Measurements(options.build / "measure", options.runs)
    base = "simdjson DOM, load + parse"
    tables = {f"pc {name}": [xdscope, "pc", name, "-f", dump] for name in TABLES}
    lint = [xdscope, "lint", "--no-config", "--select", "all", "--fail-on", "never", "-f", dump]
    tables["lint, all rules"] = lint
    tables["lint, all and 3 of a user"] = [*lint, "--rules", ROOT / "samples/rules"]
    measured.take({base: [options.build / "simdjson_dom", dump], **tables})
    print(f"median of {options.runs} runs, {os.cpu_count()} cores")
    print_large(measured, dump, [base, *tables], base)

    measured.take({"yaml": [xdscope, "pc", "cluster", "-f", yaml],
                   "start": [xdscope, "pc", "cluster", "-f", SMALL]})
    routes, requests = many_requests()
    measured.take({"parse requests": [options.build / "simdjson_dom", requests],
                   "trace": [xdscope, "trace", "-f", routes, "--requests", requests, "-o", "jsonl"]})
    size = yaml.stat().st_size
    print(f"\n{yaml.name}, {size / MB:.1f} MB: pc cluster {measured.seconds['yaml']:.3f} s, "
          f"{size / MB / measured.seconds['yaml']:.0f} MB/s, "
          f"{measured.peak['yaml'] / size:.2f} x file{measured.note('yaml')}")
    print(f"{SMALL.relative_to(ROOT)}, {SMALL.stat().st_size / MB:.2f} MB: pc cluster "
          f"{measured.seconds['start'] * 1000:.1f} ms, "
          f"{measured.peak['start'] / MB:.1f} MB{measured.note('start')}")
    print_requests(measured, requests)


if __name__ == "__main__":
    main()
