"""An admin port that misbehaves, as real ones and what sits in front of them do."""

import socket
import threading
import time


class AdminServer:
    """Answers each connection with `answer(connection, path)`; `requests` are the paths asked for."""

    def __init__(self, answer):
        self._answer = answer
        self.requests = []

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.close()

    def _serve(self):
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        try:
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    head += piece
                path = head.split(b" ", 2)[1].decode()
                self.requests.append(path)
                self._answer(connection, path)
        except OSError:
            pass


def head(status="200 OK", **headers):
    lines = [f"HTTP/1.1 {status}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def whole(body, status="200 OK"):
    """A complete reply with its length."""
    def answer(connection, _):
        connection.sendall(head(status, content_length=len(body)) + body)
    return answer


def chunked(body, step=1 << 20, end=True, pause=0.0):
    """A reply in chunks; without `end` the last one never comes."""
    def answer(connection, _):
        connection.sendall(head(transfer_encoding="chunked"))
        for at in range(0, len(body), step):
            piece = body[at:at + step]
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            time.sleep(pause)
        if end:
            connection.sendall(b"0\r\n\r\n")
    return answer


def raw(*pieces, pause=0.0, hold=0.0):
    """These bytes as they are."""
    def answer(connection, _):
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        time.sleep(hold)
    return answer


def endless(begin, piece):
    def answer(connection, _):
        connection.sendall(begin)
        while True:
            connection.sendall(piece)
    return answer


def pump(left, right):
    """Passes on what one connection says to another, until it ends."""
    try:
        while piece := left.recv(65536):
            right.sendall(piece)
    except OSError:
        pass
    for end in (left, right):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Relay:
    """A Unix domain socket that leads to a TCP port of loopback."""

    def __init__(self, path, port):
        self._path, self._port = path, port

    def __enter__(self):
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(self._path))
        self._server.listen()
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.close()

    def _serve(self):
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            there = socket.create_connection(("127.0.0.1", self._port))
            for pair in ((client, there), (there, client)):
                threading.Thread(target=pump, args=pair, daemon=True).start()
