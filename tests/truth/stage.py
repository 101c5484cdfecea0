"""A stage for the truth table: a scripted server, a feed's state, a clock that is moved by hand, and one poll after another.

Everything between the server's socket and Redis is the product's own: client, politeness, poller, reader, intake, schedule.
"""

from __future__ import annotations

import datetime as dt
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from http.server import BaseHTTPRequestHandler
from typing import Any

import redis
from web import Site

from worker.http import Client
from worker.http.politeness import PoliteClient
from worker.intake import Intake
from worker.ledger import Ledger
from worker.polling import conditional
from worker.polling.conditional import FeedState
from worker.polling.poller import Poller
from worker.schedule import Schedule
from worker.schedule.fetches import Fetch, PollOutcome
from worker.settings import Settings
from worker.sources import SourceConfig

# A moment of yesterday, so that no date lies in the future; the same time of day always, for rows about hours and days.
START = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).replace(hour=9, minute=20, second=0, microsecond=0)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
PATH = "/feed"
# What a request may carry; all of these are compared, so that one too many is seen too.
CONDITIONS = {"if-none-match": "E", "if-modified-since": "L", "a-im": "A-IM"}
SECRETS = ("authorization", "cookie", "x-key")


def rss(*names: str, head: str = "", item: str = "", dated: bool = True, end: str = "</channel></rss>") -> bytes:
    """A feed with an entry a name, each of today."""
    date = f"<pubDate>{START:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if dated else ""
    entries = "".join(
        f"<item><guid isPermaLink='false'>{name}</guid><title>Minister {name} resigns</title>{date}{item}"
        f"<description>The minister {name} resigned on Monday after a long debate in parliament.</description></item>"
        for name in names
    )
    start = '<?xml version="1.0"?><rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
    return f"{start}<title>Wire</title><language>en</language>{head}{entries}{end}".encode()


FEED = rss("one", "two")
PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><p>Please log in to read on.</p></body></html>"


@dataclass(frozen=True)
class Answer:
    """What the server says. `how`: "whole", "short" (it promises more bytes and hangs up), "reset" or "silent"."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    how: str = "whole"

    def play(self, handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
        """Say it. Text between braces in a header is the address of a site."""
        if self.how == "silent":
            closing.wait(20)
            return
        if self.how == "reset":
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            return
        handler.send_response_only(self.status)
        length = len(self.body) + (1000 if self.how == "short" else 0)
        has_body = self.status not in {204, 304}
        for name, value in {**({"Content-Length": str(length)} if has_body else {}), **self.headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.body)


def ok(body: bytes = FEED, **headers: str) -> Answer:
    """200; `Cache_Control` is written for Cache-Control."""
    return Answer(200, {"Content-Type": "application/rss+xml", **_named(headers)}, body)


def unmodified(**headers: str) -> Answer:
    """304."""
    return Answer(304, _named(headers))


def status(code: int, **headers: str) -> Answer:
    """An answer without a text of worth."""
    return Answer(code, {"Content-Type": "text/plain", **_named(headers)}, b"" if code == 204 else b"no")


def redirect(code: int, location: str) -> Answer:
    """A redirect; `{a}` and `{b}` in it are the addresses of the two sites."""
    return Answer(code, {"Location": location}, b"moved")


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


Answers = Answer | Sequence[Answer]


@dataclass(frozen=True)
class Poll:
    """One poll, or `times` of them `gap` apart: what the server says by path, and what must come of it.

    `asks` are all requests in order, as "path", "path E=value L=value"; None: whatever they are. `state` are fields of the
    feed's state afterwards, `fetch` fields of the fetch, `wait` the bounds of the wait until the next poll in seconds.
    """

    answers: Mapping[str, Answers] | Answers
    asks: Sequence[str] | None = None
    outcome: PollOutcome | None = None
    reason: str | None = None
    state: Mapping[str, Any] = field(default_factory=dict)
    fetch: Mapping[str, Any] = field(default_factory=dict)
    wait: tuple[float, float] | None = None
    says: str = ""
    after: dt.timedelta = HOUR
    times: int = 1


@dataclass(frozen=True)
class Case:
    """A row of the table: `given` are fields of the feed's state, `source` of its configuration."""

    row: int
    law: str
    polls: Sequence[Poll]
    given: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.row:02d}-{self.law.replace(' ', '-')}"


class Timed(Schedule):
    """The schedule, by the stage's clock."""

    clock: Callable[[], dt.datetime]

    def _now_ms(self) -> int:
        return int(self.clock().timestamp() * 1000)


@contextmanager
def staged(client: redis.Redis, settings: Settings) -> Iterator[Stage]:
    """A stage with two empty sites."""
    with Site({}) as a, Site({}) as b:
        stage = Stage(client, settings, a, b)
        yield stage
        stage.close()


class Stage:
    """Two sites, the first of which has the feed, and all that polls it."""

    def __init__(self, client: redis.Redis, settings: Settings, a: Site, b: Site) -> None:
        self.now = START
        self.sites = {"a": a, "b": b}
        self.asked: list[str] = []
        self.secrets: list[str] = []
        # Slots of a host are by the server's clock, which nobody moves by hand.
        quick = {"feed_apart_seconds": 0.001, "host_apart_seconds": 0.001, "allow_hosts": ("127.0.0.1",), "fetch_seconds": 5}
        self.settings = settings.model_copy(update=quick)
        self.redis: Any = client
        self.sent: list[str] = []

    def configured(self, **values: Any) -> Stage:
        """With other settings."""
        self.settings = self.settings.model_copy(update=values)
        return self

    def source(self, **values: Any) -> SourceConfig:
        """The source, by default at the first site."""
        return SourceConfig.model_validate({"name": "wire", "url": self.sites["a"].url + PATH} | self.filled(values))

    def filled(self, value: Any) -> Any:
        """A value with the addresses of the sites in it."""
        if isinstance(value, str):
            return value.replace("{a}", self.sites["a"].url).replace("{b}", self.sites["b"].url)
        if isinstance(value, Mapping):
            return {key: self.filled(item) for key, item in value.items()}
        return tuple(map(self.filled, value)) if isinstance(value, list | tuple) else value

    def give(self, of: SourceConfig, **fields: Any) -> None:
        """Have this state stand in Redis; validators belong to the source's address."""
        state = {"source": of.url, "url": of.url, "given_by": of.url} | self.filled(fields)
        self.redis.set(self.settings.keys.feed(of.name), FeedState.model_validate(state).model_dump_json())

    def state(self, source: SourceConfig) -> FeedState:
        """The state in Redis."""
        return conditional.load(self.redis.get(self.settings.keys.feed(source.name)), source.url)

    def schedule(self) -> Timed:
        """The schedule by this clock."""
        schedule = Timed(self.redis, self.settings)
        schedule.clock = lambda: self.now
        return schedule

    def poll(self, source: SourceConfig, answers: Mapping[str, Answers] | Answers, *, afresh: bool = False) -> Fetch:
        """One poll while the sites answer so; each path's answers come in order, the last again and again."""
        by_path = answers if isinstance(answers, Mapping) else {PATH: answers}
        self.asked.clear()
        self.secrets.clear()
        for name, site in self.sites.items():
            site.answers.clear()
            for path, script in by_path.items():
                label, _, rest = path.rpartition(":")
                if (label or "a") == name:
                    site.answers[rest] = self._scripted(name, [script] if isinstance(script, Answer) else list(script))
        return self.poller.poll(source, afresh=afresh)

    @cached_property
    def poller(self) -> Poller:
        """The poller, with the settings as they are at the first poll."""
        intake = Intake(Ledger(self.redis, self.settings), self.settings, lambda _stage, ids: self.sent.extend(ids))
        return Poller(self.settings, self.redis, self.http, intake, self.schedule(), lambda: self.now)

    @cached_property
    def http(self) -> PoliteClient:
        """The client."""
        return PoliteClient(Client(self.settings), self.redis, self.settings)

    def close(self) -> None:
        """Close its connections."""
        self.http.close()

    def _scripted(self, name: str, script: list[Answer]) -> Callable[[BaseHTTPRequestHandler, threading.Event], None]:
        def answer(handler: BaseHTTPRequestHandler, closing: threading.Event) -> None:
            headers = {key.lower(): value for key, value in handler.headers.items()}
            conditions = [f"{short}={headers[key]}" for key, short in CONDITIONS.items() if key in headers]
            label = "" if name == "a" else f"{name}:"
            self.asked.append(" ".join([label + handler.path, *conditions]))
            self.secrets += [f"{label}{handler.path} {key}" for key in SECRETS if key in headers]
            said = script.pop(0) if len(script) > 1 else script[0]
            replace(said, headers=self.filled(said.headers)).play(handler, closing)

        return answer


def play(stage: Stage, case: Case) -> None:
    """Play a case, and compare what came with what the table says."""
    stage.configured(**case.settings)
    source = stage.source(**case.source)
    if case.given:
        stage.give(source, **case.given)
    for number, poll in enumerate(case.polls, start=1):
        for _ in range(poll.times):
            stage.now += poll.after
            fetch = stage.poll(source, poll.answers)
            where = f"poll {number}: {fetch}"
            if poll.asks is not None:
                assert stage.asked == list(poll.asks), where
            _compare(stage, source, poll, fetch, where)


def _compare(stage: Stage, source: SourceConfig, poll: Poll, fetch: Fetch, where: str) -> None:
    assert poll.outcome in {None, fetch.outcome}, where
    assert poll.reason in {None, fetch.reason}, where
    assert poll.says in fetch.message, where
    state = stage.state(source)
    for name, value in stage.filled(poll.state).items():
        found = getattr(state, name)
        assert getattr(found, "count", found) == value or found == value, f"{name}: {found}; {where}"
    for name, value in stage.filled(poll.fetch).items():
        assert getattr(fetch, name) == value, f"{name}; {where}"
    if poll.wait:
        due = dt.datetime.fromisoformat(fetch.next or "")
        assert poll.wait[0] - 1 <= (due - stage.now).total_seconds() <= poll.wait[1] + 1, where
