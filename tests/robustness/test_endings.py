"""Closed pipes, full disks, read-only folders, signals: a clean end, the right status, nothing half-written."""

import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

import command


class ClosedPipe(command.Case):
    def test_ends_as_cat_does(self):
        # Larger than a pipe holds.
        process = command.start("pc", "all", "-f", command.SAMPLE, "-o", "json")
        process.stdout.read(10)
        process.stdout.close()
        errors = process.stderr.read()
        process.stderr.close()
        self.assertEqual((process.wait(60), errors), (-signal.SIGPIPE, ""))

    def test_in_a_shell(self):
        line = f"set -o pipefail; {command.binary()} pc all -f {command.SAMPLE} -o yaml | head -n 1"
        result = subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=60,
                                check=False)
        self.assertEqual((result.returncode, result.stderr), (128 + signal.SIGPIPE, ""))


COMMANDS = (["pc", "cluster"], ["pc", "cluster", "-o", "json"], ["pc", "listener", "-o", "yaml"],
            ["pc", "all"], ["lint"], ["lint", "-o", "sarif"], ["why", "404"],
            ["trace", "http://foo-service:50001/"], ["trace", "http://foo-service:50001/", "-o", "json"])


@unittest.skipUnless(os.path.exists("/dev/full"), "there is no /dev/full")
class FullDisk(command.Case):
    def test_is_told(self):
        for arguments in COMMANDS:
            with self.subTest(" ".join(arguments)), open("/dev/full", "w") as full:
                result = command.run(*arguments, "-f", command.SAMPLE, stdout=full)
                self.assertEqual(result.returncode, 5, result.stderr)
                self.assertIn("No space left on device", result.stderr)

    def test_of_other_commands(self):
        for arguments in (["rules"], ["rules", "show", "RT001"], ["version"], ["completion", "bash"],
                          ["--help"]):
            with self.subTest(" ".join(arguments)), open("/dev/full", "w") as full:
                result = command.run(*arguments, stdout=full)
                self.assertNotEqual(result.returncode, 0, result.stderr)
                self.assertIn("No space left on device", result.stderr)

    def test_of_a_report(self):
        result = command.run("lint", "-f", command.SAMPLE, "--output-file", "/dev/full")
        self.assertEqual(result.returncode, 5, result.stderr)
        self.assertIn("/dev/full", result.stderr)


class Files(command.Case):
    def lint(self, *arguments, **options):
        return command.run("lint", "-f", command.SAMPLE, "--fail-on", "never", *arguments, **options)

    def test_a_report_is_whole_or_not_there(self):
        report = self.folder / "report.json"
        limited = ["bash", "-c", 'ulimit -f 8; trap "" XFSZ; exec "$@"', "bash", command.binary(),
                   "lint", "-f", str(command.SAMPLE), "--fail-on", "never", "-o", f"json={report}"]
        for before in (None, "what was there\n"):
            if before is not None:
                report.write_text(before)
            result = subprocess.run(limited, env=command.ENVIRONMENT, capture_output=True, text=True,
                                    timeout=60, check=False)
            self.assertEqual(result.returncode, 5, result.stderr)
            self.assertEqual(report.read_text() if report.exists() else None, before)
            self.assertEqual(len(list(self.folder.iterdir())), before is not None)

    def test_replaces_a_report(self):
        report = self.write("report.json", "old" * 1_000_000)
        report.chmod(0o640)
        link = self.folder / "link.json"
        link.symlink_to(report.name)
        self.assertEqual(self.lint("-o", f"json={link}").returncode, 0)
        self.assertIn("findings", json.loads(report.read_text()))
        self.assertEqual(report.stat().st_mode & 0o777, 0o640)
        self.assertTrue(link.is_symlink())

    def test_permissions_of_a_new_report(self):
        report = self.folder / "report.json"
        before = os.umask(0o022)
        try:
            self.assertEqual(self.lint("-o", f"json={report}").returncode, 0)
        finally:
            os.umask(before)
        self.assertEqual(report.stat().st_mode & 0o777, 0o644)

    def test_a_folder_that_cannot_be_written(self):
        # Not even root can write there.
        for folder in (self.folder / "none", pathlib.Path("/proc")):
            result = self.lint("-o", f"json={folder / 'report.json'}")
            self.assertEqual(result.returncode, 5, result.stderr)
            self.assertIn(str(folder), result.stderr)
            self.assertNotIn("report this as a bug", result.stderr)

    def test_to_a_pipe(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        reader = subprocess.Popen(["cat", str(fifo)], stdout=subprocess.PIPE, text=True)
        self.assertEqual(self.lint("-o", f"json={fifo}").returncode, 0)
        text, _ = reader.communicate(timeout=60)
        self.assertIn("findings", json.loads(text))


class Signals(command.Case):
    def test_end_a_run_that_waits(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                report = self.folder / "report.json"
                process = command.start("lint", "-f", "-", "-o", f"json={report}",
                                        stdin=subprocess.PIPE)
                time.sleep(0.3)  # it reads standard input
                process.send_signal(number)
                out, errors = process.communicate(timeout=60)
                self.assertEqual((process.returncode, out, errors), (-number, "", ""))
                self.assertEqual(list(self.folder.iterdir()), [])

    def test_leave_no_worker_behind(self):
        rule = self.write_endless_rule("[limit(1e9; repeat(1))] | length > 0")
        process = command.start("lint", "-f", command.SAMPLE, "--rules", rule)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        # The worker would hold the pipes open.
        process.communicate(timeout=30)
        self.assertEqual(process.returncode, -signal.SIGINT)
