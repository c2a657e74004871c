"""One server on all of loopback: what it says is the address that it was reached by."""

import socket
import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        body = self.connection.getsockname()[0].encode()
        if self.server.greets:
            self.connection.sendall(body)
            return
        answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
        try:
            while self.rfile.readline():
                while self.rfile.readline() not in (b"\r\n", b""):
                    pass
                self.connection.sendall(answer)
        except OSError:
            pass  # Envoy has gone


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512


class AddressServer:
    """Answers HTTP requests with the address they came to; with `greets`, every connection at once.

    with AddressServer() as server: … http://127.9.9.9:{server.port}/ says 127.9.9.9
    """

    def __init__(self, greets=False):
        self.greets = greets

    def __enter__(self):
        self._server = _Server(("0.0.0.0", 0), _Handler)
        self._server.greets = self.greets
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
