#!/usr/bin/env python3
"""Runs the fuzzers and says what came of it.

usage: fuzz.py BUILD [--seconds N] [--seed N] [--fuzzer NAME]… [--data FOLDER] [--out FOLDER]

  BUILD     the build folder of the preset "asan"
  seconds   for each fuzzer (60)
  seed      of what is changed in the inputs; 0 for another in each run (0)
  data      real dumps to start from (../shared/data, where it is there)
  out       where inputs that break something are put (BUILD/crashes); give such a file to
            BUILD/fuzz/fuzz_NAME to see it again, and put it into tests/fuzz/crashes/NAME once mended

The exit status is 1 where anything broke.
"""

import argparse
import gzip
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
LARGEST_SEED = 48_000  # bytes; larger ones make an execution slow
# An input that takes longer than this, in seconds, or more memory, in MB, is a find, too.
TIMEOUT, MEMORY = 20, 2048
REASONS = r"ERROR: \w+Sanitizer: .*|runtime error: .*|does not hold: .*|ERROR: libFuzzer: .*"


def small(paths):
    return [path for path in paths if path.is_file() and path.stat().st_size <= LARGEST_SEED]


def sections(path):
    """The sections of a dump as dumps of their own: a whole one is too large to be changed well."""
    import json
    try:
        dump = json.loads(path.read_text())
    except ValueError:
        return
    for section in dump.get("configs", []):
        for name, entries in section.items():
            if not isinstance(entries, list):
                continue
            for first in range(0, len(entries), 4):
                part = {"@type": section.get("@type"), name: entries[first:first + 4]}
                text = json.dumps({"configs": [part]}, separators=(",", ":")).encode()
                if len(text) <= LARGEST_SEED:
                    yield text


def seeds_of(name, data):
    """What a fuzzer starts from besides tests/fuzz/seeds, as (label, bytes)."""
    samples = ROOT / "samples"
    dumps = sorted(samples.glob("*/config_dump.json")) + sorted(data.glob("captures/*/config_dump.json"))
    cases = small(sorted((ROOT / "rules").glob("*/*/*.json")))[::7]
    if name in ("json_dump", "pipeline"):
        for dump in dumps[:4]:
            yield from ((dump.parent.name, text) for text in sections(dump))
        yield from ((path.stem, path.read_bytes()) for path in cases)
        yield from ((path.stem, path.read_bytes()) for path in small(sorted(data.glob("public_dumps/*/*"))))
    elif name == "yaml":
        files = sorted(samples.glob("**/*.yaml")) + sorted(data.glob("yaml/*"))
        yield from ((path.stem, path.read_bytes()) for path in small(files))
    elif name == "archive":
        for path in cases[:8]:
            yield path.stem, gzip.compress(path.read_bytes())
            for mode in ("w", "w:gz"):
                for form in (tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
                    archive = io.BytesIO()
                    with tarfile.open(fileobj=archive, mode=mode, format=form) as tar:
                        tar.add(path, arcname="proxy/" + "long/" * 30 + path.name)
                    yield f"{path.stem}-{form}", archive.getvalue()
    elif name == "rule_file":
        files = sorted(samples.glob("rules/*.yaml")) + sorted(ROOT.glob("tests/data/user_rules/**/*.yaml"))
        yield from ((path.stem, path.read_bytes()) for path in small(files))
    elif name == "request":
        for path in sorted(data.glob("requests/*.jsonl")):
            lines = path.read_bytes().splitlines()[::20]
            yield from ((f"{path.stem}-{i}", line) for i, line in enumerate(lines))
    elif name == "router_check":
        files = sorted(samples.glob("route_tests.yaml")) + sorted(data.glob("router_check/**/*"))
        yield from ((path.stem, path.read_bytes()) for path in small(files))


def prepare(name, build, data):
    """A corpus that stays from run to run."""
    corpus = build / "corpus" / name
    corpus.mkdir(parents=True, exist_ok=True)
    for i, (label, text) in enumerate(seeds_of(name, data)):
        (corpus / f"seed-{label}-{i}").write_bytes(text)
    for folder in ("seeds", "crashes"):
        for path in sorted((ROOT / "tests/fuzz" / folder / name).glob("*")):
            shutil.copy(path, corpus / f"{folder}-{path.name}")
    return corpus


def run(name, build, options, out):
    corpus = prepare(name, build, options.data)
    before = len(list(corpus.iterdir()))
    out.mkdir(parents=True, exist_ok=True)
    known = set(out.glob(f"{name}-*"))
    env = os.environ | {"ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1",
                        "UBSAN_OPTIONS": "print_stacktrace=1"}
    log = build / f"fuzz_{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [build / "fuzz" / f"fuzz_{name}", corpus, f"-max_total_time={options.seconds}",
             f"-seed={options.seed}", f"-timeout={TIMEOUT}", f"-report_slow_units={TIMEOUT}",
             f"-rss_limit_mb={MEMORY}", f"-max_len={LARGEST_SEED}", f"-artifact_prefix={out}/{name}-",
             "-print_final_stats=1", "-use_value_profile=0"],
            stdout=file, stderr=subprocess.STDOUT, env=env)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = status
    text = log.read_text(errors="replace")
    executions = re.search(r"number_of_executed_units: (\d+)", text)
    covered = re.findall(r"cov: (\d+)", text)
    crashes = sorted(path.name for path in set(out.glob(f"{name}-*")) - known)
    grown = len(list(corpus.iterdir())) - before
    print(f"{name:14} {int(executions.group(1)) if executions else 0:10} executions"
          f"  {used.ru_utime + used.ru_stime:6.0f} s of processor time"
          f"  corpus {before:5} + {grown:5}  edges {covered[-1] if covered else '?':>6}"
          f"  crashes {len(crashes)}", flush=True)
    for crash in crashes:
        print(f"    {out / crash}")
    if status != 0:
        for reason in re.findall(REASONS, text)[:3]:
            print(f"    {reason[:160]}")
    return status == 0 and not crashes


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fuzzer", action="append")
    parser.add_argument("--data", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("XDSCOPE_REFERENCE_DIR", ROOT / "../shared")) / "data")
    parser.add_argument("--out", type=pathlib.Path)
    options = parser.parse_args()
    build = options.build.resolve()
    names = options.fuzzer or sorted(path.name.removeprefix("fuzz_") for path in (build / "fuzz").glob("fuzz_*"))
    out = (options.out or build / "crashes").resolve()
    good = [run(name, build, options, out) for name in names]
    print(f"{sum(good)} of {len(good)} fuzzers found nothing")
    return 0 if all(good) and good else 1


if __name__ == "__main__":
    sys.exit(main())
