"""A real Envoy on loopback, for as long as a `with` block lasts.

    with Envoy(config) as envoy:
        envoy.get("/config_dump?include_eds")          # the admin port's answer, as text
        envoy.request("main", "GET", "/cart", host="shop.example")   # through a listener
        envoy.access_log()                              # what Envoy says it did
"""

import atexit
import copy
import http.client
import json
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from envoy_binary import find_envoy

START_SECONDS = 60

# One line a request, as an object: what Envoy did and why.
ACCESS_LOG_FORMAT = {
    "method": "%REQ(:METHOD)%",
    "authority": "%REQ(:AUTHORITY)%",
    "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "id": "%REQ(X-REQUEST-ID)%",
    "code": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "cluster": "%UPSTREAM_CLUSTER_RAW%",
    "route": "%ROUTE_NAME%",
    "upstream_host": "%UPSTREAM_HOST%",
    "filter_chain": "%FILTER_CHAIN_NAME%",
}

_running = set()


@atexit.register
def _stop_all():
    for envoy in list(_running):
        envoy.stop()


# Ends the tests as Ctrl-C does: with their clean-ups.
signal.signal(signal.SIGTERM, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.default_int_handler)


def _dies_with_us():
    """The start of a command line that the kernel ends when this process is killed."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


class EnvoyFailed(Exception):
    """Envoy did not start; the text holds the end of its log."""


def access_log(path):
    """An access log that writes ACCESS_LOG_FORMAT to `path`, for an HTTP connection manager."""
    return {
        "name": "envoy.access_loggers.file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(path),
            "log_format": {"json_format": ACCESS_LOG_FORMAT},
        },
    }


def _set_access_logs(node, log):
    """Gives every HTTP connection manager in a configuration that has no access log this one."""
    if isinstance(node, dict):
        if str(node.get("@type", "")).endswith(".HttpConnectionManager"):
            node.setdefault("access_log", [log])
        for value in node.values():
            _set_access_logs(value, log)
    elif isinstance(node, list):
        for value in node:
            _set_access_logs(value, log)


class Envoy:
    """Starts Envoy with a bootstrap configuration (a dict) and ends it, whatever happens.

    `files` are written (name -> JSON) to the process's own folder, which stands in place of FOLDER
    in every string of the configuration: this is how Envoy is given its resources dynamically. The
    admin port is added where the configuration has none. Listeners may bind port 0: `ports` maps
    a listener's name to the port it got. Every HTTP connection manager without an access log gets
    one that `access_log` reads. `arguments` are added to the command line.
    """

    def __init__(self, config, files=None, arguments=(), concurrency=1):
        self._config = copy.deepcopy(config)
        self._files = copy.deepcopy(files or {})
        self._arguments = [*arguments, "--concurrency", str(concurrency)]
        self._process = None
        self.ports = {}

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="xdscope-envoy-"))
        _running.add(self)
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends Envoy and removes its folder; again is no error."""
        _running.discard(self)
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start(self):
        loopback = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
        self._config.setdefault("admin", {"address": loopback})
        self._access_log = self.folder / "access.log"
        config = self._write("envoy.json", self._config)
        for name, content in self._files.items():
            self._write(name, content)
        address = self.folder / "admin-address"
        self._log = self.folder / "envoy.log"
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [*_dies_with_us(), find_envoy(), "-c", config, "--admin-address-path", address,
                 "--use-dynamic-base-id", "--log-level", "warning",
                 "--file-flush-interval-msec", "50", *self._arguments],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait(lambda: address.exists() and address.read_text().strip())
        self.admin_url = f"http://{address.read_text().strip()}"
        self._wait(self._ready)
        self._read_ports()

    def _read_ports(self):
        statuses = json.loads(self.get("/listeners?format=json")).get("listener_statuses", [])
        for listener in statuses:
            socket_address = listener["local_address"].get("socket_address", {})
            self.ports[listener["name"]] = socket_address.get("port_value")

    def _write(self, name, content):
        """Writes one of Envoy's files at once, as a file that it watches must be."""
        _set_access_logs(content, access_log(self._access_log))
        unfinished = self.folder / f".{name}"
        unfinished.write_text(json.dumps(content).replace("FOLDER", str(self.folder)))
        return unfinished.rename(self.folder / name)

    def replace(self, name, content):
        """Replaces one of `files`: Envoy reads it again. See `wait_for`."""
        self._write(name, copy.deepcopy(content))

    def wait_for(self, path, condition, seconds=10):
        """Asks the admin port for JSON until condition(answer) holds, and returns the answer."""
        deadline = time.monotonic() + seconds
        while not condition(answer := json.loads(self.get(path))):
            if time.monotonic() > deadline:
                raise EnvoyFailed(f"{path} did not become as awaited in {seconds} s:\n{self.log()}")
            time.sleep(0.02)
        return answer

    def _ready(self):
        try:
            return self.get("/ready").strip() == "LIVE"
        except OSError:
            return False

    def _wait(self, condition):
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            if self._process.poll() is not None:
                raise EnvoyFailed(f"Envoy ended with {self._process.returncode}:\n{self.log()}")
            if time.monotonic() > deadline:
                raise EnvoyFailed(f"Envoy is not ready after {START_SECONDS} s:\n{self.log()}")
            time.sleep(0.02)

    def log(self):
        """The last lines of Envoy's own log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-30:])

    def get(self, path):
        """What the admin port answers to GET `path`."""
        with urllib.request.urlopen(self.admin_url + path, timeout=30) as answer:
            return answer.read().decode()

    def save(self, path, name):
        """Saves what the admin port answers to GET `path`; returns the file's path."""
        file = self.folder / name
        file.write_text(self.get(path))
        return file

    def request(self, listener, method, path, host="localhost", headers=(), body=None):
        """Sends one request to a listener (its name, or a port): (status, headers, body)."""
        port = self.ports.get(listener, listener)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("host", host)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def access_log(self, lines=None, seconds=10):
        """The access log's entries as dicts; waits until there are `lines` of them."""
        deadline = time.monotonic() + seconds
        while True:
            text = self._access_log.read_text() if self._access_log.exists() else ""
            entries = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
            if lines is None or len(entries) >= lines or time.monotonic() > deadline:
                return entries
            time.sleep(0.02)


_given_ports = set()


def free_port():
    """A free port of loopback, for what must know its port beforehand.

    Below those that the kernel gives to connections (from 32768 on), so that none takes it meanwhile.
    """
    while True:
        port = random.SystemRandom().randrange(10000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in _given_ports:
            _given_ports.add(port)
            return port
