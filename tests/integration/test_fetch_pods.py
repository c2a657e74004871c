"""Reading from pods: a stand-in kubectl that leads to real Envoys."""

import hashlib
import json
import os
import pathlib
import pty
import signal
import stat
import subprocess
import tarfile
import tempfile
import time
import unittest

from admin_server import AdminServer, raw, whole
from envoy_process import Envoy, free_port
from test_fetch_admin import bootstrap
from xdscope_command import XDSCOPE, run

HERE = pathlib.Path(__file__).resolve().parent


def pod(name, namespace="shop", phase="Running", ready=True, proxy="istio-proxy", waiting=None,
        labels=None, created="2026-01-01T00:00:00Z", since="2026-01-01T00:01:00Z", native=False):
    state = {"waiting": {"reason": waiting}} if waiting else {"running": {"startedAt": created}}
    sidecar = [{"name": proxy, "image": "x"}] if proxy else []
    app = [{"name": "app", "image": "y"}]
    statuses = "initContainerStatuses" if native else "containerStatuses"
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {"app": "web"},
                     "creationTimestamp": created},
        "spec": {"nodeName": "node-1", "containers": app + ([] if native else sidecar),
                 "initContainers": sidecar if native else []},
        "status": {"phase": phase, statuses: [{"name": proxy, "ready": ready, "restartCount": 0,
                                               "state": state}],
                   "conditions": [{"type": "Ready", "status": "True" if ready else "False",
                                   "lastTransitionTime": since}]},
    }


def workload(kind, name, selector, namespace="shop"):
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": selector}}


class Pods(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.envoy = cls.enterClassContext(Envoy(bootstrap()))
        cls.port = int(cls.envoy.admin_url.rsplit(":", 1)[1])

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "kubectl").symlink_to(HERE / "fake_kubectl.py")
        self.world = {
            "pods": [pod("web-1", since="2026-01-02T00:00:00Z"), pod("web-2"), pod("web-3", ready=False),
                     pod("native-1", native=True, labels={"app": "native"}),
                     pod("plain-1", proxy=None, labels={"app": "plain"}),
                     pod("crash-1", waiting="CrashLoopBackOff", ready=False, labels={"app": "crash"}),
                     pod("pending-1", phase="Pending", waiting="PodInitializing", ready=False,
                         labels={"app": "pending"}),
                     pod("job-1", phase="Succeeded", labels={"app": "job"}),
                     pod("other-1", namespace="other", labels={"app": "web"})],
            "objects": {"deployment/web": workload("Deployment", "web", {"matchLabels": {"app": "web"}}),
                        "service/web": workload("Service", "web", {"app": "web"}),
                        "service/external": workload("Service", "external", None),
                        "deployment/none": workload("Deployment", "none", {"matchExpressions": [
                            {"key": "app", "operator": "In", "values": ["none", "nil"]},
                            {"key": "x", "operator": "DoesNotExist"}]})},
            "admin": {name: self.port for name in ("web-1.shop", "web-2.shop", "web-3.shop",
                                                   "native-1.shop", "other-1.other")},
            "namespace": "shop",
            "log": str(self.folder / "log"), "pids": str(self.folder / "pids"),
        }

    def environment(self, path=None):
        file = self.folder / "world.json"
        file.write_text(json.dumps(self.world))
        return {"FAKE_KUBECTL": str(file),
                "PATH": path or f"{self.folder / 'bin'}:{os.environ['PATH']}"}

    def ask(self, *arguments, **options):
        return run(*arguments, env=self.environment(), **options)

    def calls(self):
        log = pathlib.Path(self.world["log"])
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def assert_no_children(self):
        for line in pathlib.Path(self.world["pids"]).read_text().splitlines():
            deadline = time.monotonic() + 5
            while is_running(int(line)) and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertFalse(is_running(int(line)), f"kubectl {line} still runs")

    def fails(self, *arguments, status=4):
        result = self.ask("pc", "cluster", *arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        return result.stderr


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class OnePod(Pods):
    def test_forms_of_a_target(self):
        for target in (["web-1"], ["web-1.shop"], ["web-1", "-n", "shop"], ["pod/web-1.shop"],
                       ["native-1"], ["deploy/web.shop"], ["svc/web"], ["service/web", "-nshop"]):
            with self.subTest(target):
                result = self.ask("pc", "cluster", *target)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("\nweb ", result.stdout)
        self.assert_no_children()

    def test_of_several_pods_the_one_that_kubectl_logs_takes(self):
        self.ask("pc", "cluster", "deploy/web")
        self.assertIn("pod/web-2", self.calls()[-1])  # ready for longer than web-1

    def test_kubectls_options(self):
        result = self.ask("pc", "cluster", "web-1", "--context", "mesh", "-c", "/some/config")
        self.assertEqual(result.returncode, 0, result.stderr)
        for call in self.calls():
            self.assertIn("--context=mesh", call)
            self.assertIn("--kubeconfig=/some/config", call)
        self.assertIn("no such context", self.fails("web-1", "--context", "--all-namespaces"))

    def test_nothing_is_taken_for_an_option(self):
        for target in ("-rf", "--context=x", "pod/-x", "-x/web", "web/../x", "web;id", "a b", "", "/web"):
            result = self.ask("pc", "cluster", "--", target)
            self.assertEqual(result.returncode, 2, target)
        self.assertEqual(self.calls(), [])

    def test_only_the_section_needed(self):
        with AdminServer(whole(b'{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.'
                               b'SecretsConfigDump"}]}')) as server:
            self.world["admin"]["web-1.shop"] = server.port
            self.ask("pc", "secret", "web-1")
            self.assertEqual(server.requests, ["/config_dump?mask=dynamic_active_secrets,"
                                               "dynamic_warming_secrets,static_secrets"])

    def test_errors_in_the_users_words(self):
        self.assertIn("no such object", self.fails("nosuch"))
        self.assertIn("no such object", self.fails("deploy/nosuch"))
        self.assertIn("does not know this type", self.fails("nosuch/web"))
        self.assertIn("no proxy: its containers are app", self.fails("plain-1"))
        self.assertIn("CrashLoopBackOff", self.fails("crash-1"))
        self.assertIn("it is Pending", self.fails("pending-1"))
        self.assertIn("it is Succeeded", self.fails("job-1"))
        self.assertIn('no pods match "deploy/none', self.fails("deploy/none"))
        self.assertIn("selects no pods", self.fails("svc/external"))
        self.world["forbid"] = ["get"]
        self.assertIn("no access", self.fails("web-1"))
        result = run("pc", "cluster", "web-1", env=self.environment(path=str(self.folder)))
        self.assertEqual(result.returncode, 4)
        self.assertIn("no kubectl in PATH", result.stderr)

    def test_exec_where_port_forward_is_refused(self):
        self.world["forbid"] = ["portforward"]
        result = self.ask("pc", "cluster", "web-1")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("\nweb ", result.stdout)
        self.assertEqual(self.calls()[-1][-5:-1], ["--", "pilot-agent", "request", "GET"])
        self.world["forbid"] = ["portforward", "exec"]
        error = self.fails("web-1")
        self.assertIn("pods/exec", error)
        self.assertIn("pods/portforward", error)

    def test_nothing_listens_in_the_pod(self):
        self.world["admin"]["web-1.shop"] = free_port()
        self.assertIn("nothing listens on port 15000 in the pod", self.fails("web-1"))
        self.assert_no_children()

    def test_another_admin_port(self):
        self.world["admin"]["plain-1.shop"] = self.port
        result = self.ask("pc", "cluster", "plain-1", "--proxy-admin-port", "9901")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(":9901", self.calls()[-1])

    def test_pods_of_a_gateway_in_another_namespace(self):
        gateway = {"kind": "Gateway", "apiVersion": "gateway.networking.k8s.io/v1",
                   "metadata": {"name": "eg", "namespace": "shop"}, "spec": {"gatewayClassName": "eg"}}
        self.world["objects"]["gateway/eg"] = gateway
        self.assertIn('no pods match "gateway/eg"', self.fails("gateway/eg"))
        self.world["pods"].append(pod(
            "envoy-shop-eg-1", namespace="envoy-gateway-system", proxy="envoy",
            labels={"app.kubernetes.io/managed-by": "envoy-gateway",
                    "gateway.envoyproxy.io/owning-gateway-name": "eg",
                    "gateway.envoyproxy.io/owning-gateway-namespace": "shop"}))
        self.world["admin"]["envoy-shop-eg-1.envoy-gateway-system"] = self.port
        result = self.ask("pc", "cluster", "gateway/eg")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("\nweb ", result.stdout)
        self.assertIn(":19000", self.calls()[-1])

    def test_every_reading_command(self):
        tests = self.folder / "tests.yaml"
        tests.write_text("tests:\n- test_name: cart\n  input: {authority: shop.example, path: /cart, "
                         "method: GET}\n  validate: {cluster_name: web}\n")
        url = "http://shop.example/cart"
        for command in (["trace", "deploy/web", "GET", url], ["trace", "deploy/web", url],
                        ["trace", "web-1", "-n", "shop", url], ["why", "404", "deploy/web"],
                        ["why", "deploy/web", "404"], ["why", "404", "deploy/web", "-n", "shop", url],
                        ["why", "404", "web-1", "GET", url], ["lint", "deploy/web", "--fail-on=never"],
                        ["test", "deploy/web", tests], ["test", "-l", "app=native", tests]):
            with self.subTest(command):
                result = self.ask(*command)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotEqual(result.stdout, "")
        self.assertIn("requires pod name", self.ask("trace", "GET", url).stderr)
        self.assertIn("requires pod name", self.ask("test", tests).stderr)
        self.assert_no_children()

    def test_log_names_the_pod(self):
        result = self.ask("pc", "log", "web-1", "--level", "http:info")
        self.assertTrue(result.stdout.startswith("web-1.shop:\nactive loggers:\n"), result.stdout)
        self.assertIn("  http: info\n", result.stdout)


class ManyPods(Pods):
    def test_selector(self):
        result = self.ask("pc", "cluster", "-l", "app=web", "-j", "2")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertTrue(lines[0].startswith("PROXY "))
        self.assertEqual([line.split()[0] for line in lines[1:]],
                         ["web-1.shop", "web-2.shop", "web-3.shop"])
        self.assert_no_children()

    def test_every_reading_command_takes_many(self):
        names = ["web-1.shop", "web-2.shop", "web-3.shop"]
        url = "http://shop.example/cart"
        tests = self.folder / "tests.yaml"
        tests.write_text("tests:\n- test_name: cart\n  input: {authority: shop.example, path: /cart, "
                         "method: GET}\n  validate: {cluster_name: web}\n")
        requests = self.folder / "requests.jsonl"
        requests.write_text('{"id": 1, "dst": "127.0.0.1", "port": 1, "authority": "shop.example", '
                            '"path": "/cart"}\n')
        for command in (["trace", url], ["why", "404"], ["why", "404", url], ["test", tests]):
            with self.subTest(command):
                text = self.ask(*command, "-l", "app=web")
                self.assertEqual(text.returncode, 0, text.stderr)
                self.assertEqual([line[:-1] for line in text.stdout.splitlines()
                                  if line[:-1] in names], names)
                parsed = self.ask(*command, "-l", "app=web", "-o", "json")
                self.assertEqual(list(json.loads(parsed.stdout)), names)
        markdown = self.ask("why", "404", "-l", "app=web", "-o", "markdown")
        self.assertEqual([line for line in markdown.stdout.splitlines() if line.startswith("# web")],
                         ["# " + name for name in names])
        lines = self.ask("trace", "-l", "app=web", "--requests", requests, "-o", "jsonl")
        self.assertEqual([json.loads(line)["proxy"] for line in lines.stdout.splitlines()], names)
        suites = self.ask("test", tests, "-l", "app=web", "-o", "junit")
        self.assertEqual(suites.stdout.count("<testsuite "), 3)
        expected = self.ask("trace", url, "-l", "app=web", "--expect-cluster", "other")
        self.assertEqual(expected.returncode, 1)
        self.assertIn("web-2.shop: expected the cluster other", expected.stderr)

    def test_one_that_fails_does_not_stop_the_others(self):
        self.world["admin"]["web-2.shop"] = free_port()
        result = self.ask("pc", "cluster", "-A", "-j", "3")
        self.assertEqual(result.returncode, 4)
        shown = {line.split()[0] for line in result.stdout.splitlines()[1:]}
        self.assertEqual(shown, {"native-1.shop", "other-1.other", "web-1.shop", "web-3.shop"})
        for failed in ("web-2.shop", "crash-1.shop", "pending-1.shop"):
            self.assertIn(failed, result.stderr)
        self.assertIn("3 of 7 proxies could not be fetched", result.stderr)

    def test_progress_on_a_terminal(self):
        self.world["admin"]["web-2.shop"] = free_port()
        terminal, other = pty.openpty()
        with open(terminal, "rb", buffering=0) as shown:
            process = subprocess.Popen([XDSCOPE, "pc", "cluster", "-l", "app=web"], stderr=other,
                                       env=os.environ | self.environment(), stdout=subprocess.DEVNULL)
            os.close(other)
            said = b""
            try:
                while piece := shown.read(4096):
                    said += piece
            except OSError:  # the other end is closed
                pass
            self.assertEqual(process.wait(timeout=10), 4)
        self.assertIn(b"fetching: 0 of 3 proxies", said)
        self.assertIn(b"fetching: 3 of 3 proxies, 1 failed", said)
        # The line is gone when the errors are written.
        self.assertIn(b"\r\x1b[K", said[:said.index(b"Error")][-10:])

    def test_all_fail(self):
        self.world["admin"] = {}
        self.world["forbid"] = ["portforward", "exec"]
        result = self.ask("pc", "cluster", "-l", "app=web")
        self.assertEqual(result.returncode, 4)
        self.assertIn("none of 3 proxies", result.stderr)
        self.assertIn("no running pod with a proxy", self.fails("-l", "app=plain"))


class Saving(Pods):
    def test_folder(self):
        target = self.folder / "new" / "dumps"
        result = self.ask("fetch", "-l", "app=web", "-d", target)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(p.name for p in target.iterdir()),
                         ["web-1.shop", "web-2.shop", "web-3.shop"])
        one = target / "web-1.shop"
        manifest = json.loads((one / "manifest.json").read_text())["xdscope_manifest"]
        self.assertEqual({f["name"] for f in manifest["files"]} | {"manifest.json"},
                         {p.name for p in one.iterdir()})
        self.assertEqual(len(manifest["files"]), 6)
        for file in manifest["files"]:
            content = (one / file["name"]).read_bytes()
            self.assertEqual(hashlib.sha256(content).hexdigest(), file["sha256"])
            self.assertEqual(stat.S_IMODE((one / file["name"]).stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(one.stat().st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(target.stat().st_mode), 0o700)
        self.assertEqual(manifest["from"]["pod"], "web-1")
        self.assertIn("1.40", manifest["versions"]["envoy"])
        # The folder reads back as the proxies it was made from, and says nothing of the manifest.
        read = run("pc", "cluster", "-f", target)
        self.assertEqual((read.returncode, read.stderr), (0, ""))
        self.assertEqual(read.stdout.count("\n"), 4)

        again = self.ask("fetch", "web-1", "-d", target)
        self.assertEqual(again.returncode, 2, again.stderr)
        self.assertIn("already", again.stderr)
        (one / "certs.json").write_text("old")
        replaced = self.ask("fetch", "web-1", "-d", target, "--overwrite")
        self.assertEqual(replaced.returncode, 0, replaced.stderr)
        self.assertNotEqual((one / "certs.json").read_text(), "old")
        self.assertEqual(len(list(target.iterdir())), 3)

    def test_archive(self):
        file = self.folder / "dumps.tar.gz"
        result = self.ask("fetch", "-l", "app=web", "--archive", file)
        self.assertEqual(result.returncode, 0, result.stderr)
        with tarfile.open(file) as archive:
            names = archive.getnames()
            self.assertTrue(all(m.isfile() and m.mode == 0o600 for m in archive))
        self.assertEqual(len(names), 3 * 7)
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        read = run("pc", "cluster", "-f", file)
        self.assertEqual((read.returncode, read.stderr), (0, ""))
        self.assertEqual(read.stdout.count("\n"), 4)

    def test_redacted(self):
        secret = "s3cr3t-value"
        config = bootstrap()
        config["node"]["metadata"] = {
            "NAME": "shop-1", "DB_PASSWORD": secret, "ANNOTATIONS": {"note": secret},
            "LABELS": {"app": "shop"}, "PROXY_CONFIG": {"proxyMetadata": {"API": secret}, "x": "kept"}}
        cluster = config["static_resources"]["clusters"][0]
        cluster["typed_extension_protocol_options"] = {}
        host = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0][
            "typed_config"]["route_config"]["virtual_hosts"][0]
        host["request_headers_to_add"] = [
            {"header": {"key": "Authorization", "value": f"Bearer {secret}"}},
            {"header": {"key": "x-kept", "value": "kept"}}]
        with Envoy(config) as envoy:
            result = run("fetch", "--admin-url", envoy.admin_url, "-d", self.folder, "--redact")
        self.assertEqual(result.returncode, 0, result.stderr)
        saved = next(p for p in self.folder.iterdir() if (p / "manifest.json").exists())
        for file in saved.iterdir():
            self.assertNotIn(secret, file.read_text(), file.name)
        text = (saved / "config_dump.json").read_text()
        self.assertIn("x-kept", text)
        self.assertIn('"kept"', text)
        self.assertIn("redacted: node.metadata, ", result.stdout)
        self.assertIn("redacted: headers with credentials, ", result.stdout)
        self.assertIn("node.metadata.PROXY_CONFIG.proxyMetadata", result.stdout)
        self.assertEqual(run("pc", "route", "-f", saved).returncode, 0)

    def test_killed_in_the_middle(self):
        """No child and no half file is left, whatever ends the program."""
        with AdminServer(raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n{", hold=30)) as server:
            for name in self.world["admin"]:
                self.world["admin"][name] = server.port
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
                with self.subTest(number.name):
                    target = self.folder / number.name
                    target.mkdir()
                    asked = len(server.requests)
                    process = subprocess.Popen(
                        [XDSCOPE, "fetch", "-l", "app=web", "-d", target, "--archive",
                         target / "all.tar.gz"], env=os.environ | self.environment(),
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    deadline = time.monotonic() + 30
                    while len(server.requests) < asked + 3 and time.monotonic() < deadline:
                        time.sleep(0.05)
                    process.send_signal(number)
                    self.assertEqual(process.wait(timeout=10), -number)
                    self.assert_no_children()
                    self.assertEqual(list(target.iterdir()), [])

    def test_usage(self):
        self.assertEqual(self.ask("fetch", "web-1").returncode, 2)
        self.assertEqual(self.ask("fetch", "-d", self.folder).returncode, 2)
        self.assertEqual(self.ask("pc", "cluster", "web-1", "-f", "x").returncode, 2)


del Pods  # the cases of the classes above only


if __name__ == "__main__":
    unittest.main()
