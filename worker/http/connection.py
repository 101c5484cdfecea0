"""Connections that go to checked addresses only, and never take longer or bring more than an exchange may.

Every connection goes through `Backend`, which resolves the name, refuses it if any of its addresses is not public, and
connects to the address that it checked: a name that resolves differently a moment later gains nothing. That holds behind
a proxy too: the proxy is asked for a tunnel to the checked address, not to the name.
"""

from __future__ import annotations

import base64
import contextlib
import ipaddress
import math
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import httpcore2

from worker.errors import Rejected, Retryable
from worker.http.address import Guard, resolve
from worker.settings import Settings

# What may arrive before the headers of an answer are complete: far above what any server sends (browsers take 256 KiB),
# and a bound for those that send hints (1xx) without end.
MAX_HEAD_BYTES = 1 << 18
# A body in chunks of a few bytes each is several times its size on the wire.
WIRE_FACTOR = 8
# The answer of a proxy to CONNECT: a status line and a few headers.
MAX_PROXY_HEAD = 1 << 14


class Budget(threading.local):
    """What is left for the exchange of this thread. Each read counts against it, so that no trickle outlasts it."""

    end: float = 0
    wire: int = 0
    fresh: bool = False

    @contextlib.contextmanager
    def exchange(self, seconds: float) -> Iterator[None]:
        """An exchange of so many seconds at most; one inside another has no more time than that has left."""
        outer, now = self.end, time.monotonic()
        self.end = min(now + seconds, outer or math.inf)
        try:
            yield
        finally:
            self.end = outer

    def head(self) -> None:
        """Before an answer: only its headers may come."""
        self.wire, self.fresh = MAX_HEAD_BYTES, False

    @property
    def stale(self) -> bool:
        """Whether the request went out over a connection of an earlier one, and nothing came back."""
        return not self.fresh and self.wire == MAX_HEAD_BYTES

    def body(self, limit: int) -> None:
        """After its headers: a body of at most `limit` bytes may come."""
        self.wire = WIRE_FACTOR * limit + MAX_HEAD_BYTES

    def left(self, limit: float | None = None) -> float:
        """Seconds that the next step may take, at most `limit`; raises at the end."""
        left = self.end - time.monotonic()
        if left <= 0:
            message = "time is up"
            raise httpcore2.ReadTimeout(message)
        return left if limit is None else min(left, limit)

    def spend(self, size: int) -> None:
        """Count bytes that arrived; raises when there are too many."""
        self.wire -= size
        if self.wire < 0:
            message = "headers without end"
            raise httpcore2.RemoteProtocolError(message)


class _Stream(httpcore2.NetworkStream):
    """A connection whose every step is bounded by the exchange's budget."""

    def __init__(self, stream: httpcore2.NetworkStream, budget: Budget) -> None:
        self._stream, self._budget = stream, budget

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, self._budget.left(timeout))
        self._budget.spend(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._budget.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._budget.left(timeout)), self._budget)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Backend(httpcore2.NetworkBackend):
    """Connects to checked addresses, through `proxy` (http://user:password@host:port) if one is given.

    The operator names the proxy, so its own address may be private. Raises Rejected if it is no such address.
    """

    def __init__(self, settings: Settings, budget: Budget, proxy: str | None = None) -> None:
        self._inner = httpcore2.SyncBackend()
        self._seconds, self._budget = settings.connect_seconds, budget
        self._guard = Guard(settings.allow_hosts)
        self._proxy = _Proxy(proxy) if proxy else None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a host that answers, once all of them are found public."""
        self._budget.fresh = True
        end = time.monotonic() + self._budget.left(min(self._seconds, timeout or self._seconds))

        def connect(name: str, number: int) -> httpcore2.NetworkStream:
            left = end - time.monotonic()
            if left <= 0:
                message = f"{host}: no answer"
                raise httpcore2.ConnectTimeout(message)
            stream = self._inner.connect_tcp(name, number, left, local_address, socket_options)
            return _Stream(stream, self._budget)

        addresses = self._guard.addresses(host, end - time.monotonic())
        proxy = self._proxy
        if proxy is None:
            return _first(addresses, lambda address: connect(address, port))
        near = resolve(proxy.host, end - time.monotonic())
        # The first will do: a proxy that refuses one address of a host says so, and is asked again later.
        return proxy.tunnel(_first(near, lambda address: connect(address, proxy.port)), addresses[0], port)


def _first(addresses: list[str], connect: Callable[[str], httpcore2.NetworkStream]) -> httpcore2.NetworkStream:
    """A connection to the first address that takes it."""
    error: Exception = httpcore2.ConnectError("no address")
    for address in addresses:
        try:
            return connect(address)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failure:
            error = failure
    raise error


class _Proxy:
    """An HTTP proxy that is asked for tunnels (CONNECT), for http and https alike."""

    def __init__(self, url: str) -> None:
        parts = _proxy_parts(url)
        self.host, self.port = parts.hostname or "", parts.port or 80
        pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        token = base64.b64encode(pair.encode()).decode()
        self._login = f"Proxy-Authorization: Basic {token}\r\n" if parts.username else ""

    def tunnel(self, stream: httpcore2.NetworkStream, address: str, port: int) -> httpcore2.NetworkStream:
        """The connection, leading on to an address. Raises Retryable if the proxy refuses."""
        host = f"[{address}]" if ipaddress.ip_address(address).version == 6 else address
        try:
            stream.write(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{self._login}\r\n".encode())
            _check_open(_head(stream))
        except BaseException:
            stream.close()
            raise
        return stream


def _proxy_parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "http" and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        message = "the proxy of the source is no address of the form http://user:password@host:port"
        raise Rejected(message, stage="fetch", reason="proxy")
    return parts


def _head(stream: httpcore2.NetworkStream) -> bytes:
    """What a proxy says before the tunnel stands; behind it nothing may come, for the other end waits for us."""
    head = b""
    while b"\r\n\r\n" not in head:
        data = stream.read(4096)
        head += data
        if not data or len(head) > MAX_PROXY_HEAD:
            message = "the proxy broke off, or speaks no HTTP"
            raise _refused(message)
    return head


def _check_open(head: bytes) -> None:
    words = head.split(b"\r\n", 1)[0].split(b" ", 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        message = "the proxy speaks no HTTP"
        raise _refused(message)
    if not 200 <= int(words[1][:3]) < 300:
        message = f"the proxy answered {int(words[1][:3])} when asked for a tunnel; check its address and log-in"
        raise _refused(message)


def _refused(message: str) -> Retryable:
    return Retryable(message, stage="fetch", reason="proxy")
