"""Reading from admin ports: a real Envoy's, and ones that do not answer as they should."""

import json
import pathlib
import tempfile
import unittest
import urllib.request

import configuration as c
from admin_server import AdminServer, Relay, chunked, endless, head, raw, whole
from envoy_process import Envoy, free_port
from xdscope_command import rows, run, xdscope

CLUSTER = ("SERVICE FQDN", "PORT", "SUBSET", "DIRECTION", "TYPE", "DESTINATION RULE")


def bootstrap(**more):
    shop = c.virtual_host("shop", ["shop.example"], [c.route("/cart", "web")])
    return {
        "node": {"id": "sidecar~10.0.0.1~shop-1.shop~shop.svc.cluster.local", "cluster": "shop"},
        "static_resources": {
            "clusters": [c.cluster("web", [1])],
            "listeners": [{"name": "main", "address": c.loopback(), "filter_chains": [
                {"filters": [c.http_filter(route_config={"name": "shop", "virtual_hosts": [shop]})]}]}],
        },
        **more,
    }


def dump(clusters):
    """A config_dump with so many clusters, as text."""
    entry = {"cluster": {"name": "", "type": "EDS", "connect_timeout": "10s", "metadata": {
        "filter_metadata": {"istio": {"config": "x" * 400}}}}}
    entries = []
    for number in range(clusters):
        entry["cluster"]["name"] = f"outbound|80||service-{number}.shop.svc.cluster.local"
        entries.append(json.dumps(entry))
    return ('{"configs": [{"@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", '
            '"dynamic_active_clusters": [' + ",\n".join(entries) + "]}]}").encode()


class RealEnvoy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.envoy = cls.enterClassContext(Envoy(bootstrap()))
        cls.saved = cls.envoy.save("/config_dump?include_eds", "config_dump.json")

    def test_tables_are_those_of_the_saved_dump(self):
        for command in ("cluster", "listener", "route", "eds", "all"):
            with self.subTest(command):
                live = xdscope("pc", command, "--admin-url", self.envoy.admin_url)
                self.assertEqual(live, xdscope("pc", command, "-f", self.saved))
        table = xdscope("pc", "endpoint", "--admin-url", self.envoy.admin_url)
        self.assertIn("127.0.0.1:1", table)

    def test_unix_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "admin.sock"
            # Envoy itself cannot tell its address then, so a relay stands before its port.
            with Relay(path, int(self.envoy.admin_url.rsplit(":", 1)[1])):
                table = xdscope("pc", "cluster", "--admin-url", f"unix://{path}")
            self.assertEqual(rows(table, *CLUSTER)[0][0], "web")

    def logging(self):
        request = urllib.request.Request(self.envoy.admin_url + "/logging", method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def test_log_levels(self):
        url = self.envoy.admin_url
        shown = xdscope("pc", "log", "--admin-url", url)
        self.assertIn("active loggers:", shown)
        changed = xdscope("pc", "log", "--admin-url", url, "--level", "http:debug,router=trace")
        self.assertIn("  http: debug\n", changed)
        self.assertIn("  router: trace\n", changed)
        self.assertIn("  http: debug\n", self.logging())
        xdscope("pc", "log", "--admin-url", url, "--level", "error")
        self.assertIn("  http: error\n", self.logging())
        xdscope("pc", "log", "--admin-url", url, "--reset")
        self.assertIn("  http: warning\n", self.logging())
        for bad in ("none", "nosuch:debug", "http:loud", "http"):
            self.assertEqual(run("pc", "log", "--admin-url", url, "--level", bad).returncode, 2, bad)
        self.assertIn("  http: warning\n", self.logging())

    def test_a_mask_that_envoy_refuses(self):
        """Envoy answers a mask of fields that no section has with 400: the whole dump is taken."""
        result = run("pc", "ecds", "--admin-url", self.envoy.admin_url)
        self.assertIn("no configuration type", result.stderr)
        self.assertEqual(result.returncode, 3)


class BadAdminPorts(unittest.TestCase):
    def refused(self, answer, *options):
        with AdminServer(answer) as server:
            result = run("pc", "cluster", "--admin-url", server.url, *options)
            self.assertEqual(result.returncode, 4, result.stderr)
            self.assertEqual(result.stdout, "")
            self.requests = len(server.requests)
            return result.stderr

    def test_refusing_port(self):
        result = run("pc", "cluster", "--admin-url", f"http://127.0.0.1:{free_port()}")
        self.assertEqual(result.returncode, 4)
        self.assertIn("refused", result.stderr)

    def test_cut_off(self):
        body = dump(100)
        self.assertIn("cut off after", self.refused(raw(head(content_length=len(body)) + body[:-10])))
        self.assertIn("cut off after", self.refused(chunked(body, end=False)))
        self.assertIn("cut off after", self.refused(raw(
            head(transfer_encoding="chunked") + b"ffff\r\n" + body[:100])))
        # Nobody told the length, and the text ends in the middle.
        self.assertNotEqual(self.refused(raw(head(connection="close") + body[:-10])), "")
        self.assertIn("without an answer", self.refused(raw(b"")))
        self.assertIn("without an answer", self.refused(raw(b"HTTP/1.1 200 OK\r\ncontent-le")))

    def test_empty_and_error_pages(self):
        self.assertIn("the reply is empty", self.refused(whole(b"")))
        self.assertIn("web page", self.refused(whole(b"<!doctype html><html></html>")))
        self.assertIn("the answer is 503 Service Unavailable: no healthy upstream",
                      self.refused(whole(b"no healthy upstream", "503 Service Unavailable")))
        self.assertIn("it says: hello", self.refused(whole(b"hello")))
        self.assertIn("the answer is 302", self.refused(raw(head("302 Found", location="/x",
                                                                 content_length=0))))

    def test_envoy_that_cannot_print(self):
        text = (b"Failed to convert protobuf message to JSON string: INVALID_ARGUMENT: could not find "
                b"@type 'type.googleapis.com/istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig'")
        for status in ("200 OK", "500 Internal Server Error"):
            error = self.refused(whole(text, status))
            self.assertIn("Envoy cannot print its configuration", error)
            self.assertIn("alpn.v2alpha1", error)

        def listeners_only(connection, path):
            fails = "listeners" in path or "mask" not in path
            whole(text if fails else b'{"configs": []}' if "cluster" not in path else dump(2),
                  "500 Internal Server Error" if fails else "200 OK")(connection, path)
        with AdminServer(listeners_only) as server:
            result = run("pc", "cluster", "-o", "wide", "--admin-url", server.url)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("service-1.shop", result.stdout)
        self.assertIn("alpn.v2alpha1", result.stderr)

    def test_slow(self):
        options = ("--idle-timeout", "0.3")
        self.assertIn("no answer within 0.3 s", self.refused(raw(b"", hold=3), *options))
        self.assertEqual(self.requests, 1)
        body = dump(10)
        self.assertIn("nothing more came for 0.3 s after",
                      self.refused(raw(head(content_length=len(body)) + body[:50], hold=3), *options))
        drip = [head(content_length=len(body)), *(body[i:i + 1] for i in range(100))]
        self.assertIn("not complete within 0.5 s",
                      self.refused(raw(*drip, pause=0.05), "--total-timeout", "0.5"))

    def test_endless(self):
        self.assertIn("larger than 1048576 bytes", self.refused(
            endless(head(connection="close") + b"{", b" " * 65536), "--max-reply-size", "1MiB"))
        self.assertIn("larger than", self.refused(
            endless(head(content_length=1 << 60) + b"{", b" " * 65536)))
        self.assertIn("headers have no end", self.refused(
            endless(b"HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n" * 100)))
        self.assertIn("headers have no end", self.refused(endless(b"HTTP/1.1 200 ", b"O" * 65536)))
        self.assertIn("does not speak HTTP", self.refused(endless(b"\x15\x03\x01", b"x" * 65536)))
        self.assertIn("does not speak HTTP", self.refused(
            raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 " + b"O" * 60000 + b"\r\n\r\n")))

    def test_a_long_status_line_is_no_danger(self):
        body = dump(1)
        answer = raw(b"HTTP/1.1 200 " + b"O" * 4000 + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body)
        with AdminServer(answer) as server:
            self.assertEqual(run("pc", "cluster", "--admin-url", server.url).returncode, 0)

    def test_terminal_escapes_in_answers(self):
        error = self.refused(whole(b"\x1b[2Jgone"))
        self.assertNotIn("\x1b", error)
        self.assertIn("\\x1b[2Jgone", error)


class LargeDump(unittest.TestCase):
    def test_100_megabytes_without_a_second_copy(self):
        body = dump(190_000)
        self.assertGreater(len(body), 100_000_000)
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "dump.json"
            file.write_bytes(body)
            from_file = run("pc", "cluster", "-f", file, memory=True)
            for answer in (whole(body), chunked(body)):
                with AdminServer(answer) as server:
                    live = run("pc", "cluster", "--admin-url", server.url, memory=True)
                self.assertEqual(live.returncode, 0, live.stderr)
                self.assertEqual(live.stdout, from_file.stdout)
                self.assertLess(live.memory, from_file.memory + len(body) // 3)


class BadAddresses(unittest.TestCase):
    def test_usage(self):
        for url in ("", "127.0.0.1", "https://127.0.0.1:1", "http://a:1/path", "unix://relative"):
            self.assertEqual(run("pc", "cluster", "--admin-url", url).returncode, 2, url)
        self.assertEqual(run("pc", "cluster", "--admin-url", "unix:///nowhere/at/all").returncode, 4)
        self.assertEqual(run("pc", "cluster", "--admin-url", "http://no-such-host.invalid:1").returncode, 4)


if __name__ == "__main__":
    unittest.main()
