#!/usr/bin/env python3
"""What lint writes for other programs has the form that they ask for.

usage: report_formats_test.py XDSCOPE

Over the samples and the raising cases of all rules. The shapes hold what the format's own schema says of
the properties that xdscope writes; a property that no shape names is an error, as it is in SARIF's schema.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parent.parent
XDSCOPE = "xdscope"

# A shape is a type, a list of allowed values, [shape] for a list of such, a compiled pattern, or
# {property: shape}; a property with a question mark may be missing.
TEXT = re.compile(r".", re.S)
URI = re.compile(r"(file://)?[A-Za-z0-9/\-._~!$&'()*+,;=@%]+")
LEVEL = ["error", "warning", "note", "none"]
MESSAGE = {"text": TEXT}
SARIF = {
    "$schema": re.compile(r"https://.*sarif.*2\.1\.0.*\.json"),
    "version": ["2.1.0"],
    "runs": [{
        "tool": {"driver": {
            "name": ["xdscope"],
            "semanticVersion": re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?"),
            "rules": [{
                "id": TEXT, "name": TEXT,
                "shortDescription": MESSAGE, "fullDescription": MESSAGE,
                "help": {"text": TEXT, "markdown?": TEXT},
                "defaultConfiguration": {"level": LEVEL},
                "properties": {"tags": [TEXT],
                               "problem.severity": ["error", "warning", "recommendation"],
                               "security-severity": re.compile(r"(10|\d)\.\d")}}]}},
        "invocations": [{
            "executionSuccessful": bool,
            "toolConfigurationNotifications": [{
                "level": LEVEL, "message": MESSAGE, "associatedRule": {"id": TEXT}}]}],
        "results": [{
            "ruleId": TEXT, "ruleIndex": int, "level": LEVEL, "message": MESSAGE,
            "locations": [{
                "physicalLocation": {"artifactLocation": {"uri": URI}, "region": {"startLine": int}},
                "logicalLocations": [{"fullyQualifiedName": str, "kind": ["object"]}]}],
            "partialFingerprints": {"xdscope/v1": re.compile(r"[0-9a-f]{16}")},
            "properties": {"object": TEXT, "proxies": [TEXT], "resource?": TEXT, "field?": str}}]}],
}
GITLAB = [{
    "description": TEXT, "check_name": TEXT, "fingerprint": re.compile(r"[0-9a-f]{16}"),
    "severity": ["info", "minor", "major", "critical", "blocker"],
    "location": {"path": TEXT, "lines": {"begin": int}}}]
GITHUB = re.compile(r"::(error|warning|notice) (file=[^,:\n]+,line=\d+,)?title=[^,:\n]+::[^\n]+")


def mismatches(shape, value, where="$"):
    """What in the value is not of the shape."""
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{where} is no object"]
        known = {key.rstrip("?"): key for key in shape}
        found = [f"{where}.{key} is missing" for key in shape if not key.endswith("?")
                 and key not in value]
        found += [f"{where}.{key} is not known" for key in value if key not in known]
        return found + [text for key in value if key in known
                        for text in mismatches(shape[known[key]], value[key], f"{where}.{key}")]
    if isinstance(shape, list) and len(shape) == 1 and not isinstance(shape[0], str):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [text for number, item in enumerate(value)
                for text in mismatches(shape[0], item, f"{where}[{number}]")]
    if isinstance(shape, list):
        return [] if value in shape else [f"{where} is {value!r}, not one of {shape}"]
    if isinstance(shape, re.Pattern):
        good = isinstance(value, str) and shape.match(value)
        return [] if good else [f"{where} is {value!r}, not {shape.pattern}"]
    return [] if type(value) is shape else [f"{where} is {value!r}, no {shape.__name__}"]


def hostile_dump():
    """A dump whose names hold what means something in these formats."""
    name = "a\"'<&>]]>%0A::error::\u0007\u2028|`\U0001f600"
    manager = ("type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3."
               "HttpConnectionManager")
    routes = {"name": name, "virtual_hosts": [{"name": name, "domains": ["*"], "routes": [
        {"match": {"prefix": "/"}, "route": {"cluster": name}}]}]}
    listener = {"name": name, "address": {"socket_address": {"address": "0.0.0.0",
                                                             "port_value": 80}},
                "filter_chains": [{"filters": [{"name": "h", "typed_config": {
                    "@type": manager, "route_config": routes}}]}]}
    kind = "type.googleapis.com/envoy.admin.v3"
    return {"configs": [
        {"@type": f"{kind}.ListenersConfigDump",
         "dynamic_listeners": [{"name": name, "active_state": {"listener": listener}}]},
        {"@type": f"{kind}.ClustersConfigDump"}]}


class Reports(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        hostile = self.folder / "a b#c%.json"
        hostile.write_text(json.dumps(hostile_dump()))
        self.inputs = [hostile, ROOT / "samples/sidecar", ROOT / "samples/ingress-gateway"]
        self.inputs += sorted(path for path in (ROOT / "rules").glob("*/cases/raises_*")
                              if path.suffix in ("", ".json") and ".params" not in path.name)

    def reports(self, source):
        """(name of the format, its text) of a run over the input."""
        formats = ("sarif", "junit", "github", "gitlab", "json")
        command = [XDSCOPE, "lint", "--no-config", "--select", "all", "--fail-on", "warning",
                   "-f", source]
        if "cases" not in source.parts:
            command += ["--rules", ROOT / "samples/rules"]
        for name in formats:
            command += ["-o", f"{name}={self.folder / name}"]
        status = subprocess.run(command, capture_output=True, timeout=60).returncode
        self.assertIn(status, (0, 1))
        return {name: (self.folder / name).read_text() for name in formats}

    def test_shapes_can_be_missed(self):
        self.assertEqual(mismatches({"a": int, "b?": [TEXT], "c": ["x"]}, {"a": 1, "c": "x"}), [])
        self.assertEqual(mismatches({"a": int, "b?": [TEXT]}, {"a": "1", "b": [""], "d": 0}),
                         ["$.d is not known", "$.a is '1', no int", "$.b[0] is '', not ."])
        self.assertEqual(mismatches({"a": [int]}, {}), ["$.a is missing"])

    def test_every_report(self):
        findings = 0
        for source in self.inputs:
            with self.subTest(source=source.name):
                reports = self.reports(source)
                said = json.loads(reports["json"])
                findings += len(said["findings"])
                self.check_sarif(json.loads(reports["sarif"]), said)
                self.check_junit(xml.etree.ElementTree.fromstring(reports["junit"]), said)
                self.check_github(reports["github"], said)
                self.check_gitlab(json.loads(reports["gitlab"]), said)
        self.assertGreater(findings, 300)

    def check_sarif(self, sarif, said):
        self.assertEqual(mismatches(SARIF, sarif), [])
        (run,) = sarif["runs"]
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        self.assertEqual(len(rules), len(set(rules)))
        self.assertEqual(len(run["results"]), len(said["findings"]))
        for result in run["results"]:
            self.assertEqual(rules[result["ruleIndex"]], result["ruleId"])
            self.assertGreater(result["locations"][0]["physicalLocation"]["region"]["startLine"], 0)

    def check_junit(self, suites, said):
        self.assertEqual(suites.tag, "testsuites")
        (suite,) = suites
        self.assertEqual(suite.tag, "testsuite")
        self.assertLessEqual({"name", "tests", "failures", "errors", "skipped"}, set(suite.attrib))
        cases = list(suite)
        self.assertEqual({case.tag for case in cases}, {"testcase"})
        self.assertEqual(len({case.attrib["name"] for case in cases}), len(cases))
        for case in cases:
            self.assertEqual(set(case.attrib), {"classname", "name"})
            for child in case:
                self.assertEqual(set(child.attrib), {"failure": {"type", "message"},
                                                     "skipped": {"message"}, "system-out": set()}[child.tag])
        failed = [case for case in cases if case.find("failure") is not None]
        skipped = [case for case in cases if case.find("skipped") is not None]
        counts = [int(suite.attrib[name]) for name in ("tests", "failures", "skipped", "errors")]
        self.assertEqual(counts, [len(cases), len(failed), len(skipped), 0])
        grave = [f for f in said["findings"] if f["severity"] != "info"]
        self.assertEqual(len(suite.findall("testcase/failure")), len(grave))
        self.assertEqual(any(f["severity"] == "info" for f in said["findings"]),
                         suite.find("testcase/system-out") is not None)

    def check_github(self, text, said):
        lines = text.split("\n")[:-1]
        self.assertEqual(len(lines), len(said["findings"]))
        for line in lines:
            self.assertRegex(line, GITHUB)
            self.assertNotRegex(line, r"[\x00-\x1f]")

    def check_gitlab(self, issues, said):
        self.assertEqual(mismatches(GITLAB, issues), [])
        self.assertEqual(len(issues), len(said["findings"]))
        self.assertEqual(len({issue["fingerprint"] for issue in issues}), len(issues))


if __name__ == "__main__":
    XDSCOPE = str(pathlib.Path(sys.argv.pop(1)).resolve())
    unittest.main()
