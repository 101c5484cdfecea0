"""A web site on this machine for tests: answers by path, and remembers what it was asked."""

from __future__ import annotations

import base64
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Answer = tuple[int, Mapping[str, str], bytes] | Callable[[BaseHTTPRequestHandler, threading.Event], None]


class _Served:
    """A server in a thread of its own, from entering to leaving; `closing` tells its handlers that it ends."""

    def __init__(self, server: socketserver.TCPServer) -> None:
        self.closing = threading.Event()
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        self.port: int = server.server_address[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Site(_Served):
    """Serves `answers` on 127.0.0.1; `asked` has (path, headers) of every request."""

    def __init__(self, answers: Mapping[str, Answer], certificate: Path | None = None) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []
        super().__init__(ThreadingHTTPServer(("127.0.0.1", 0), self._handler()))
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                answer = site.answers.get(self.path, (404, {}, b"no such page"))
                if callable(answer):
                    self.close_connection = True
                    answer(self, site.closing)
                    return
                status, headers, body = answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing: tests look at `asked`."""

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    self.close_connection = True  # the client had enough: some tests are about that

        return Handler


class Proxy(_Served):
    """An HTTP proxy on this machine that opens tunnels; `asked` has where to. `says` is said in place of an answer."""

    def __init__(self, login: str | None = None) -> None:
        self.asked: list[str] = []
        self.says: bytes | None = None
        self._login = f"Basic {base64.b64encode(login.encode()).decode()}" if login else None
        super().__init__(socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler()))
        self.url = f"http://127.0.0.1:{self.port}"

    def answer(self, head: str) -> tuple[bytes, str]:
        """What a request is answered, and where its tunnel leads; nowhere if it is refused."""
        lines = head.split("\r\n")
        method, place, _ = lines[0].split(" ")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:] if line)}
        self.asked.append(place)
        if self.says is not None:
            return self.says, ""
        if method != "CONNECT":
            return b"HTTP/1.1 405 Tunnels only\r\n\r\n", ""
        if self._login and fields.get("proxy-authorization") != self._login:
            return b"HTTP/1.1 407 Who are you\r\n\r\n", ""
        return b"HTTP/1.1 200 Go on\r\n\r\n", place

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        proxy = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    head = b""
                    while b"\r\n\r\n" not in head and (data := self.request.recv(4096)):
                        head += data
                    answer, place = proxy.answer(head.decode("latin-1"))
                    self.request.sendall(answer)
                    if place:
                        host, _, port = place.rpartition(":")
                        with socket.create_connection((host.strip("[]"), int(port))) as far:
                            self.join(far)

            def join(self, far: socket.socket) -> None:
                """Carry bytes both ways until one side has ended, or the test."""
                ends = {far: self.request, self.request: far}
                while not proxy.closing.is_set():
                    for end in select.select(list(ends), [], [], 0.01)[0]:
                        data = end.recv(65_536)
                        if not data:
                            return
                        ends[end].sendall(data)

        return Handler
