"""The guarded client: no address but a public one is ever connected to, and no answer takes more than it may.

Every connection goes through `_Backend`, which resolves the name, refuses it if any of its addresses is not public, and
connects to the address that it checked: a name that resolves differently a moment later gains nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self

import httpcore2
import httpx2

from worker.address import Guard
from worker.errors import Rejected, Retryable
from worker.settings import Settings

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Busy rather than unwilling: time-out, too early, too many requests.
_BUSY = frozenset({408, 425, 429})
# A server that asks for more than a day means "some time"; we look again tomorrow.
MAX_RETRY_AFTER = 86_400.0
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Response:
    """An answer read to its end: `url` is the final address, header names are lower-case, the body is decompressed.

    The status is 2xx, or 304 to a request that was conditional.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Fetches public addresses over http and https; `settings` sets the limits. Threads may share one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clock = _Clock()
        self._http = httpx2.Client(
            transport=_Transport(_Backend(settings, self._clock), settings.max_body_bytes),
            headers={"user-agent": settings.user_agent},
            trust_env=False,
            timeout=settings.fetch_seconds,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections."""
        self._http.close()

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Response:
        """Fetch an address, following redirects; `headers` go to the host that was asked, and to no other.

        Raises Rejected (stage "fetch") for what will not work tomorrow either: a scheme, a private address, a body over
        the limit, a 4xx answer. Raises Retryable for the rest, with `retry_after` in seconds where the server gave it.
        """
        self._clock.start(self._settings.fetch_seconds)
        place = _parse(url, url)
        sent = dict(headers or {})
        for _ in range(self._settings.max_redirects + 1):
            answer = self._exchange(place, sent, url)
            if isinstance(answer, Response):
                return answer
            if not _same_site(place, answer):
                sent = {}
            place = answer
        message = f"{_shown(url)}: more than {self._settings.max_redirects} redirects"
        raise _rejected(message, "redirects", url)

    def _exchange(self, place: httpx2.URL, headers: Mapping[str, str], asked: str) -> Response | httpx2.URL:
        """One request: the answer, or where it sends us."""
        # Cookies would tell a host what we read elsewhere; a fresh jar for each request keeps none.
        self._http.cookies.clear()
        with _explained(asked), self._http.stream("GET", place, headers=dict(headers)) as answer:
            if answer.status_code in _REDIRECTS and "location" in answer.headers:
                return _parse(_joined(place, answer.headers["location"]), asked)
            _check_status(answer, asked)
            return Response(
                url=_shown(place),
                status=answer.status_code,
                headers={name.lower(): value for name, value in answer.headers.items()},
                body=self._body(answer),
            )

    def _body(self, answer: httpx2.Response) -> bytes:
        limit, body = self._settings.max_body_bytes, bytearray()
        for chunk in answer.iter_bytes():
            body += chunk
            if len(body) > limit:
                raise _too_large(limit)
        return bytes(body)


class _Clock(threading.local):
    """When the exchange of this thread must be over. Each read counts against it, so that no trickle outlasts it."""

    end: float = 0

    def start(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self, limit: float | None = None) -> float:
        """Seconds that the next step may take; raises at the end."""
        left = self.end - time.monotonic()
        if left <= 0:
            message = "time is up"
            raise httpcore2.ReadTimeout(message)
        return left if limit is None else min(left, limit)


class _Stream(httpcore2.NetworkStream):
    """A connection whose every step is bounded by the exchange's clock."""

    def __init__(self, stream: httpcore2.NetworkStream, clock: _Clock) -> None:
        self._stream, self._clock = stream, clock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._clock.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._clock.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, self._clock.left(timeout)), self._clock)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Connects to checked addresses only."""

    def __init__(self, settings: Settings, clock: _Clock) -> None:
        self._inner = httpcore2.SyncBackend()
        self._seconds, self._clock = settings.connect_seconds, clock
        self._guard = Guard(settings.allow_hosts)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        end = time.monotonic() + self._clock.left(min(self._seconds, timeout or self._seconds))
        error: Exception = httpcore2.ConnectTimeout(f"{host}: no answer")
        for address in self._guard.addresses(host, end - time.monotonic()):
            left = end - time.monotonic()
            if left <= 0:
                break
            try:
                stream = self._inner.connect_tcp(address, port, left, local_address, socket_options)
                return _Stream(stream, self._clock)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failure:
                error = failure
        raise error


class _Transport(httpx2.BaseTransport):
    """httpx2 over a pool with our backend; counts the bytes that arrive, before anything is decompressed."""

    def __init__(self, backend: httpcore2.NetworkBackend, limit: int) -> None:
        self._limit = limit
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(trust_env=False),
            network_backend=backend,
            max_connections=20,  # one client serves one worker: a few hosts at a time
            keepalive_expiry=5,  # long enough for the articles of one feed
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        answer = self._pool.handle_request(
            httpcore2.Request(
                method=request.method,
                url=httpcore2.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx2.Response(
            answer.status,
            headers=answer.headers,
            stream=_Counted(answer, self._limit),
            extensions=answer.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _Counted(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response, limit: int) -> None:
        self._answer, self._limit = answer, limit

    def __iter__(self) -> Iterator[bytes]:
        arrived = 0
        for chunk in self._answer.iter_stream():
            arrived += len(chunk)
            if arrived > self._limit:
                raise _too_large(self._limit)
            yield chunk

    def close(self) -> None:
        self._answer.close()


def _parse(url: str, asked: str) -> httpx2.URL:
    try:
        place = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        message = f"{_shown(url)}: not an address: {error}"
        raise _rejected(message, "address", asked) from None
    if place.scheme not in _PORTS:
        message = f"{_shown(url)}: only http and https addresses are fetched"
        raise _rejected(message, "scheme", asked)
    if not place.host:
        message = f"{_shown(url)}: the address names no host"
        raise _rejected(message, "address", asked)
    if place.port is not None and not 0 < place.port < 65_536:
        message = f"{_shown(url)}: no such port"
        raise _rejected(message, "address", asked)
    return place


def _joined(place: httpx2.URL, location: str) -> str:
    try:
        return str(place.join(location))
    except (httpx2.InvalidURL, ValueError):
        return location  # refused, with its reason, where addresses are parsed


def _same_site(one: httpx2.URL, other: httpx2.URL) -> bool:
    """Whether headers meant for one may go to the other: the same server, or its move from http to https."""
    if one.host != other.host:
        return False
    ports = [place.port or _PORTS[place.scheme] for place in (one, other)]
    upgrade = [one.scheme, other.scheme, *ports] == ["http", "https", 80, 443]
    return upgrade or (one.scheme == other.scheme and ports[0] == ports[1])


def _check_status(answer: httpx2.Response, url: str) -> None:
    status = answer.status_code
    if 200 <= status < 300 or status == 304:
        return
    message = f"{_shown(url)}: the server answered {status} {answer.reason_phrase}".rstrip()
    wait = retry_after(answer.headers.get("retry-after"), dt.datetime.now(dt.UTC))
    # 403 with a Retry-After is how some servers spell 429.
    if status in _BUSY or status >= 500 or (status == 403 and wait is not None):
        busy = Retryable(message, stage="fetch", reason=f"http-{status}", url=_shown(url))
        busy.retry_after = wait
        raise busy
    message += "; check the address, and whether it needs a log-in"
    raise _rejected(message, f"http-{status}", url)


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """Seconds that a Retry-After header asks for, at most a day; None for what is past or makes no sense."""
    if not value:
        return None
    try:
        seconds = float(value) if value.strip().isdecimal() else (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no date; a date without zone
        return None
    return min(seconds, MAX_RETRY_AFTER) if seconds > 0 else None


@contextlib.contextmanager
def _explained(url: str) -> Iterator[None]:
    """Turn what the libraries raise into our two errors, with the address that was asked for."""
    try:
        yield
    except (Rejected, Retryable) as error:
        if error.url is None:
            error.message, error.url = f"{_shown(url)}: {error.message}", _shown(url)
        raise
    except (httpcore2.TimeoutException, httpx2.TimeoutException):
        message = f"{_shown(url)}: no complete answer in time (settings connect_seconds, fetch_seconds)"
        raise Retryable(message, stage="fetch", reason="timeout", url=_shown(url)) from None
    except (httpcore2.ConnectError, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise _broken(error, url) from None
    except (httpx2.DecodingError, httpx2.StreamError, httpx2.TransportError) as error:
        raise _broken(error, url) from None


def _broken(error: Exception, url: str) -> Rejected | Retryable:
    if _certificate(error):
        message = f"{_shown(url)}: the server's certificate does not hold: {error}"
        return _rejected(message, "certificate", url)
    reason = "connect" if isinstance(error, httpcore2.ConnectError) else "broken"
    message = f"{_shown(url)}: {str(error) or type(error).__name__}"
    return Retryable(message, stage="fetch", reason=reason, url=_shown(url))


def _certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _too_large(limit: int) -> Rejected:
    message = f"the answer is larger than {limit} bytes (setting max_body_bytes)"
    return Rejected(message, stage="fetch", reason="too-large")


def _rejected(message: str, reason: str, url: str) -> Rejected:
    return Rejected(message, stage="fetch", reason=reason, url=_shown(url))


def _shown(url: str | httpx2.URL) -> str:
    """An address as it may be shown: without a name and password."""
    try:
        place = httpx2.URL(url)
        return str(place.copy_with(userinfo=b"")) if place.userinfo else str(url)
    except (httpx2.InvalidURL, ValueError):
        return str(url).rpartition("@")[2]
