"""The guarded client: no address but a public one is ever connected to, and no answer takes more than it may."""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from types import MappingProxyType, TracebackType
from typing import Self

import httpcore2
import httpx2

from worker.errors import Rejected, Retryable
from worker.http.access import PORTS, Access, is_same_site, request_headers
from worker.http.connection import Backend, Budget
from worker.http.decoding import ACCEPTED, Damaged, decoded
from worker.http.outcome import explained, rejected, shown
from worker.settings import MEBI, Settings

__all__ = [
    "MAX_RETRY_AFTER",
    "NO_CONDITIONS",
    "Access",
    "Client",
    "Conditions",
    "Hop",
    "Response",
    "retry_after",
]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Busy rather than unwilling: time-out, too early, too many requests.
_BUSY = frozenset({408, 425, 429})
# A part that nobody asked for is not the whole.
_PARTIAL = 206
# A server that asks for more than a day means "some time"; we look again tomorrow.
MAX_RETRY_AFTER = 86_400.0
# RFC 1035, and what names stand in keys of Redis.
_LONGEST_HOST = 253
# So small a body does no harm, however well it was compressed.
_HARMLESS = MEBI
# Fields that may be repeated; of the others the first counts.
_LISTS = frozenset(
    "cache-control content-language content-encoding content-signal content-usage link pragma vary x-robots-tag".split()
)


@dataclass(frozen=True)
class Hop:
    """A redirect that was followed: its status, the address that gave it, and where it led (absolute)."""

    status: int
    url: str
    location: str


@dataclass(frozen=True)
class Conditions:
    """Header fields for one address only, wherever on a way of redirects it stands; `url` as a Response gives it."""

    url: str
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Response:
    """An answer read to its end: `url` is the final address, the body is decompressed.

    The status is 2xx, or 304 to a request that was conditional. Header names are lower-case; a value has a character for
    each byte (ISO 8859-1), so that it can be sent back byte for byte. `seconds`: the whole exchange. `complete` is false
    only where a part was asked for: the body ended too early, or is broken further on.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    hops: tuple[Hop, ...] = ()
    seconds: float = 0
    complete: bool = True


NO_CONDITIONS = Conditions("", {})


@dataclass
class _Request:
    """What one call of `get` asks for, and what came of it so far."""

    asked: str
    headers: dict[str, str]
    proxy: str | None
    partial: bool
    conditions: Conditions
    begun: float = field(default_factory=time.monotonic)
    hops: tuple[Hop, ...] = ()

    def headers_for(self, url: str) -> dict[str, str]:
        """What goes to an address on the way."""
        return {**self.headers, **self.conditions.headers} if url == self.conditions.url else self.headers


class Client:
    """Fetches public addresses over http and https; `settings` sets the limits. Threads may share one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._budget = Budget()
        self._pools: dict[str | None, httpcore2.ConnectionPool] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        access: Access | None = None,
        *,
        partial: bool = False,
        visiting: Callable[[str], None] | None = None,
        conditions: Conditions = NO_CONDITIONS,
    ) -> Response:
        """Fetch an address, following redirects; `headers` and `access` go to the host that was asked, and to no other.

        `conditions` go to their address. `partial`: an answer that breaks off gives what came of it. `visiting` is told
        each address before it is asked, and may raise. Raises Rejected (stage "fetch") for what will not work tomorrow
        either: a scheme, a private address, a body over the limit, a 4xx answer. Raises Retryable for the rest. Both have
        the `status` of the answer, and `retry_after` in seconds, where there was one.
        """
        place = _parse(url, url)
        access = access or Access()
        with explained(url):
            sent = request_headers(access, headers or {}, place)
            asked = request_headers(Access(), conditions.headers, place)
        request = _Request(shown(url), sent, access.proxy, partial, Conditions(conditions.url, asked))
        with self._budget.exchange(self._settings.fetch_seconds):
            return self._follow(place, request, visiting or _no_one)

    def _follow(self, place: httpx2.URL, request: _Request, visiting: Callable[[str], None]) -> Response:
        for _ in range(self._settings.max_redirects + 1):
            visiting(shown(place))
            answer = self._exchange(place, request)
            if isinstance(answer, Response):
                return answer
            if not is_same_site(place, answer):
                request.headers = {}
            place = answer
        message = f"{request.asked}: more than {self._settings.max_redirects} redirects"
        raise rejected(message, "redirects", request.asked)

    def _exchange(self, place: httpx2.URL, request: _Request) -> Response | httpx2.URL:
        """One request: the answer, or where it sends us."""
        with explained(request.asked):
            while True:
                try:
                    return self._ask(place, request)
                except (httpcore2.RemoteProtocolError, httpcore2.NetworkError):
                    # The server had closed the connection that we kept: the request is made again, over another one.
                    if not self._budget.stale:
                        raise

    def _ask(self, place: httpx2.URL, request: _Request) -> Response | httpx2.URL:
        self._budget.head()
        with self._pool(request.proxy).stream(
            "GET",
            httpcore2.URL(scheme=place.raw_scheme, host=place.raw_host, port=place.port, target=place.raw_path),
            headers=self._lines(place, request.headers_for(shown(place))),
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), self._settings.fetch_seconds)},
        ) as answer:
            fields = _fields(answer.headers)
            if answer.status in _REDIRECTS and fields.get("location"):
                target = _joined(place, fields["location"])
                request.hops += (Hop(answer.status, shown(place), shown(target)),)
                return _parse(target, request.asked).copy_with(fragment=None, userinfo=b"")
            _check_status(answer, fields, request.asked)
            body, complete = self._body(answer, fields, request.partial)
            return Response(
                url=shown(place),
                status=answer.status,
                headers=MappingProxyType(fields),
                body=body,
                hops=request.hops,
                seconds=time.monotonic() - request.begun,
                complete=complete,
            )

    def _lines(self, place: httpx2.URL, given: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
        """Header lines: what is given outranks our own."""
        lines = {"user-agent": self._settings.agent, "accept": "*/*", "accept-encoding": ACCEPTED, **given}
        host = place.netloc.rpartition(b"@")[2]
        return [(b"host", host), *((name.encode("ascii"), _bytes(value)) for name, value in lines.items())]

    def _pool(self, proxy: str | None) -> httpcore2.ConnectionPool:
        with self._lock:
            if proxy not in self._pools:
                self._pools[proxy] = httpcore2.ConnectionPool(
                    ssl_context=httpx2.create_ssl_context(trust_env=False),
                    network_backend=Backend(self._settings, self._budget, proxy),
                    max_connections=20,  # one client serves one worker: a few hosts at a time
                    keepalive_expiry=5,  # long enough for the articles of one feed
                )
            return self._pools[proxy]

    def _body(self, answer: httpcore2.Response, fields: Mapping[str, str], partial: bool) -> tuple[bytes, bool]:
        """The body, and whether it is whole; what breaks off raises, unless a part will do."""
        limit, body = self._settings.max_body_bytes, bytearray()
        self._budget.body(limit)
        length = fields.get("content-length", "")
        # A 304 may have the length of what it stands for.
        if answer.status != 304 and length.isdecimal() and len(length) < 20 and int(length) > limit:
            raise _too_large(limit)
        try:
            for taken, piece in decoded(_coding(fields), _counted(answer, limit)):
                body += piece
                self._budget.left()
                self._check_size(len(body), taken)
        except (Damaged, httpcore2.RemoteProtocolError, httpcore2.ReadError):
            if not (partial and body):
                raise
            return bytes(body), False
        return bytes(body), True

    def _check_size(self, size: int, taken: int) -> None:
        ratio = self._settings.max_ratio
        if size > _HARMLESS and size > ratio * taken:
            message = f"the answer grows more than {ratio} times as it is decompressed (setting max_ratio): a bomb"
            raise Rejected(message, stage="fetch", reason="bomb")
        if size > self._settings.max_body_bytes:
            raise _too_large(self._settings.max_body_bytes)


def _counted(answer: httpcore2.Response, limit: int) -> Iterator[bytes]:
    """What arrives, while it is within the limit: before anything is decompressed."""
    arrived = 0
    for chunk in answer.iter_stream():
        arrived += len(chunk)
        if arrived > limit:
            raise _too_large(limit)
        yield chunk


def _coding(fields: Mapping[str, str]) -> str:
    codings = [word for word in fields.get("content-encoding", "").lower().replace(" ", "").split(",") if word]
    codings = [word for word in codings if word != "identity"]
    if len(codings) > 1:
        # A bomb in a bomb is small on both sides, and endless in between.
        message = f"compressed {len(codings)} times over; once is what is read"
        raise Rejected(message, stage="fetch", reason="encoding")
    return codings[0] if codings else ""


def _fields(lines: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header fields by lower-case name, without cookies: none is kept."""
    fields: dict[str, str] = {}
    for raw, line in lines:
        name, value = raw.decode("ascii").lower(), line.decode("latin-1").strip()
        if name in fields and name in _LISTS:
            fields[name] += f", {value}"
        elif name != "set-cookie":
            fields.setdefault(name, value)
    return fields


def _bytes(value: str) -> bytes:
    """A header value as it was received; what an operator wrote in other letters goes as UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


def _parse(url: str, asked: str) -> httpx2.URL:
    try:
        place = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError) as error:
        message = f"{shown(url)}: not an address: {error}"
        raise rejected(message, "address", asked) from None
    if place.scheme not in PORTS:
        message = f"{shown(url)}: only http and https addresses are fetched"
        raise rejected(message, "scheme", asked)
    if not place.host:
        message = f"{shown(url)}: the address names no host"
        raise rejected(message, "address", asked)
    # No name has a percent sign in it, and zones are for links; other programs take it for an escape.
    if len(place.host) > _LONGEST_HOST or "%" in place.host:
        message = f"{shown(url)[:300]}: no host is called so"
        raise rejected(message, "address", asked)
    if place.port is not None and not 0 < place.port < 65_536:
        message = f"{shown(url)}: no such port"
        raise rejected(message, "address", asked)
    return place


def _joined(place: httpx2.URL, location: str) -> str:
    """A Location made absolute; some servers write it in UTF-8."""
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode()
    try:
        return str(place.join(location))
    except (httpx2.InvalidURL, ValueError):
        return location  # refused, with its reason, where addresses are parsed


def _check_status(answer: httpcore2.Response, fields: Mapping[str, str], url: str) -> None:
    status = answer.status
    if (200 <= status < 300 and status != _PARTIAL) or status == 304:
        return
    reason = answer.extensions.get("reason_phrase", b"").decode("ascii", "ignore")
    message = f"{url}: the server answered {status} {reason}".rstrip()
    wait = retry_after(fields.get("retry-after"), dt.datetime.now(dt.UTC))
    # 403 with a Retry-After is how some servers spell 429.
    busy = status in _BUSY or status >= 500 or (status == 403 and wait is not None)
    kind = Retryable if busy else Rejected
    if not busy:
        message += "; check the address, and whether it needs a log-in"
    error = kind(message, stage="fetch", reason=f"http-{status}", url=url)
    error.status, error.retry_after = status, wait
    raise error


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """Seconds that a Retry-After header asks for, at most a day; None for what is past or makes no sense."""
    if not value:
        return None
    try:
        seconds = float(value) if value.strip().isdecimal() else (parsedate_to_datetime(value) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):  # no date; a date without zone
        return None
    return min(seconds, MAX_RETRY_AFTER) if seconds > 0 else None


def _no_one(_: str) -> None:
    """Nobody wants to know which addresses are asked."""


def _too_large(limit: int) -> Rejected:
    message = f"the answer is larger than {limit} bytes (setting max_body_bytes)"
    return Rejected(message, stage="fetch", reason="too-large")
