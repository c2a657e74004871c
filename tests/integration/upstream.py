"""Small HTTP/1.1 servers on loopback, for Envoy to forward to."""

import http.server
import json
import threading


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        upstream = self.server.upstream
        # self.path is changed where it begins with more than one slash.
        path = self.requestline.split(" ")[1]
        upstream.requests.append({"method": self.command, "path": path,
                                  "headers": [[k.lower(), v] for k, v in self.headers.items()],
                                  "body": body.decode(errors="replace")})
        status, headers, answer = upstream.respond(self)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _answer

    def log_message(self, *_):
        pass


class Upstream:
    """Answers every request with `status` and {"upstream": name, "path": …}; keeps the requests.

    with Upstream("a") as a: … a.port … a.requests
    """

    def __init__(self, name="upstream", status=200, headers=()):
        self.name, self.status, self.headers = name, status, list(headers)
        self.requests = []

    def respond(self, request):
        """(status, headers, body) for a request; a test may put its own function here."""
        body = json.dumps({"upstream": self.name, "path": request.path}).encode()
        return self.status, [("content-type", "application/json"), *self.headers], body

    def __enter__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.upstream = self
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
