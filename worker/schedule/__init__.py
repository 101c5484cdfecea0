"""When each source is polled next, and what came of the last times, in Redis; any number of schedulers may share it.

Each step is one script (worker/lua). Due times stand in one sorted set, so that a look at it costs the same for one source
and for ten thousand. Times are the server's.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import random
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import redis
from pydantic import ValidationError

from worker.http.politeness import BUSY
from worker.redis import script
from worker.schedule import interval
from worker.schedule.fetches import FAILURES, Fetch, PollOutcome
from worker.schedule.health import Network, Verdict, reached
from worker.schedule.interval import DAY, HOUR, Limits, Pace
from worker.settings import Settings
from worker.sources import SourceConfig

log = logging.getLogger(__name__)

# Polls that are kept for a person to see: a day of a source that is polled every hour, and what led to a failure.
KEPT = 30
# Sources told to workers and not yet settled, for each of the workers that poll: enough to keep it busy until the next tick.
OUT = 32
# New sources come due so far apart, and those of one host so far: all of them soon, and none in a crowd.
APART, HOST_APART = 0.5, 5.0
# Sources put on the schedule by one script, which holds the server up for about a millisecond a hundred.
BATCH = 500
# A poll that kills its worker is tried again at most after this.
LONGEST_MS = 86_400_000


@dataclass(frozen=True)
class State:
    """What is known of a source: times are UTC, None before its first poll; `failures` counts those in a row.

    `score`: their weight; `because`: why it is polled `next`; `last_news`: when a poll last brought any, and `news_a_day` how
    many of late; `silent`: it used to bring news, and has brought none for much longer than it ever did.
    """

    name: str
    last: dt.datetime | None
    next: dt.datetime | None
    result: str
    failures: int
    score: float = 0
    because: str = ""
    last_news: dt.datetime | None = None
    news_a_day: float | None = None
    silent: bool = False


class Schedule:
    """The schedule in a Redis server."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis: Any = client
        self._settings, self._keys = settings, settings.keys
        self._network = Network(client, settings)
        self._limits = Limits.of(settings)
        # A lease must outlast the longest task, else a poll would be sent again while it runs.
        self._lease = max(settings.lease_ms, int(settings.task_seconds * 1000))
        self._listed: tuple[tuple[SourceConfig, ...], str] = ((), "")

    @property
    def lease(self) -> float:
        """Seconds after which a source that `due` told of, and that was not settled, is told again."""
        return self._lease / 1000

    # ------------------------------------------------------------ whose turn it is

    def due(self, sources: Iterable[SourceConfig]) -> list[SourceConfig]:
        """The sources to poll now; each is given to one caller only, and comes back if its poll is not settled in time.

        `sources` are all that there are: others leave the schedule.
        """
        listed = tuple(source for source in sources if source.enabled)
        digest = self._digest(listed)
        names = self._due(digest)
        if names is None:
            self._enrol(listed, digest)
            names = self._due(digest)
        wanted = set(names or ())
        return [source for source in listed if source.name in wanted] if wanted else []

    def begin(self, source: SourceConfig, *, asked: bool = False) -> bool:
        """Whether a poll that `due` told of may begin; False if it was settled meanwhile, or runs elsewhere.

        `asked`: a person wants it, due or not; False if its server asked us to wait. Ended by `settle`, or by its lease if
        the worker is killed.
        """
        keys = [*self._claims(), self._keys.source(source.name)]
        return bool(self._run("begin", keys, source.name, self._lease, "1" if asked else ""))

    # ------------------------------------------------------------ what came of it

    def settle(self, source: SourceConfig, fetch: Fetch) -> Fetch:
        """Note a poll, and set the next one; the fetch with when and why that is."""
        finding = self._network.note(source.name, source.url, fetch)
        if finding.verdict in {Verdict.OPENED, Verdict.DOWN} and fetch.outcome in FAILURES:
            fetch = fetch.model_copy(update={"outcome": PollOutcome.NETWORK})
        fetch = self._settle(source, fetch)
        if finding.verdict is Verdict.OPENED:
            log.warning("our own network seems to be down, no source is blamed: %s", fetch.message)
            for name in finding.blamed:
                self._absolve(name)
        elif finding.verdict is Verdict.CLOSED:
            log.warning("our own network is back")
        return fetch

    def fetches(self, source: SourceConfig) -> list[Fetch]:
        """The last polls, newest first; at most KEPT."""
        items = self._redis.lrange(self._keys.fetches(source.name), 0, -1)
        return [fetch for fetch in map(_read, items) if fetch]

    def state(self, source: SourceConfig) -> State:
        """What is known of a source."""
        known = self._hash(source)
        pace = _pace(known)
        return State(
            name=source.name,
            last=_time(known.get("last")),
            next=_time(known.get("next")),
            result=known.get("result", ""),
            failures=pace.failures,
            score=pace.score,
            because=known.get("because", ""),
            last_news=dt.datetime.fromtimestamp(pace.last_news, dt.UTC) if pace.last_news else None,
            news_a_day=pace.news / pace.watched * DAY if pace.watched >= HOUR else None,
            silent=interval.silent(pace, time.time()),
        )

    def outage(self) -> dt.datetime | None:
        """Since when our own network is down, UTC; None while it is up."""
        return self._network.since()

    # ------------------------------------------------------------ inside

    def _due(self, digest: str) -> list[str] | None:
        keys = [*self._claims(), self._keys.enrolled, self._keys.network]
        probe = int(self._limits.network * 1000)
        most = OUT * self._settings.fetch_workers
        found: list[str] | None = self._run("due", keys, digest, self._lease, most, LONGEST_MS, probe)
        return found

    def _digest(self, listed: tuple[SourceConfig, ...]) -> str:
        """What tells this list of sources from others, as far as the schedule goes."""
        if self._listed[0] != listed or not self._listed[1]:
            told = "\n".join(f"{source.name} {source.url} {source.interval}" for source in listed)
            self._listed = (listed, _sha(told.encode())[:32])
        return self._listed[1]

    def _enrol(self, listed: Sequence[SourceConfig], digest: str) -> None:
        """Put the list on the schedule, and take off what is not in it."""
        gone = set(self._redis.zrange(self._keys.schedule, 0, -1)) - {source.name for source in listed}
        gone |= set(self._redis.zrange(self._keys.claims, 0, -1)) - {source.name for source in listed}
        offsets = _offsets(listed, self._settings.poll_seconds)
        for start in range(0, len(listed), BATCH):
            part = listed[start : start + BATCH]
            keys = [self._keys.schedule, self._keys.claims, *(self._keys.source(source.name) for source in part)]
            values: list[str | int] = []
            for source in part:
                values += [source.name, source.url, _ms(source.interval), int(next(offsets) * 1000)]
            self._run("enrol", keys, *values)
        self._forget(gone)
        self._redis.set(self._keys.enrolled, digest)

    def _forget(self, names: Iterable[str]) -> None:
        keys, retention = self._keys, self._settings.retention_seconds
        with self._redis.pipeline(transaction=False) as pipe:
            for name in names:
                pipe.zrem(keys.schedule, name)
                pipe.zrem(keys.claims, name)
                pipe.expire(keys.source(name), retention)
                pipe.expire(keys.fetches(name), retention)
            pipe.execute()

    def _settle(self, source: SourceConfig, fetch: Fetch) -> Fetch:
        known, now = self._hash(source), self._now_ms()
        before, chance = _pace(known), random.random()  # noqa: S311  no secret
        step = interval.after(before, fetch, now / 1000, self._limits, source.interval, chance)
        wait = int(step.seconds * 1000)
        fetch = fetch.model_copy(update={"next": _stamp(now + wait), "because": step.because})
        values: dict[str, str | int] = {"because": step.because}
        kept = ""
        if fetch.reason != BUSY:
            held = now + wait if fetch.retry_after else 0
            values |= {"last": now, "held": held, "pace": _json(step.pace), "result": _result(fetch)}
            kept = fetch.model_dump_json()
        keys = [*self._claims(), self._keys.source(source.name), self._keys.fetches(source.name)]
        fields = [part for field in values.items() for part in field]
        self._run("settle", keys, source.name, wait, KEPT, self._settings.retention_seconds, kept, *fields)
        if interval.silent(step.pace, now / 1000) and not interval.silent(before, int(known.get("last", now)) / 1000):
            usual = interval.span(step.pace.longest)
            log.warning(
                "source %s has become silent: it brought news every %s at least; is it still there?", source.name, usual
            )
        return fetch

    def _absolve(self, name: str) -> None:
        """Take back what a source was charged with before our network was known to be down."""
        key, polls = self._keys.source(name), self._keys.fetches(name)
        oldest = _stamp(self._now_ms() - int(self._network.memory * 1000))
        number = 0
        for fetch in map(_read, self._redis.lrange(polls, 0, -1)):
            if fetch is None or not _was_charged(fetch, oldest):
                break
            ours = fetch.model_copy(update={"outcome": PollOutcome.NETWORK})
            self._redis.lset(polls, number, ours.model_dump_json())
            number += 1
        pace = interval.absolved(_pace(self._redis.hgetall(key)), number)
        self._redis.hset(key, "pace", _json(pace))
        self._run("hasten", [self._keys.schedule, self._keys.claims, key], name)

    def _claims(self) -> list[str]:
        return [self._keys.schedule, self._keys.claims, self._keys.running, self._keys.begun]

    def _hash(self, source: SourceConfig) -> dict[str, str]:
        return dict(self._redis.hgetall(self._keys.source(source.name)))

    def _now_ms(self) -> int:
        """By the server's clock, as all times of the schedule are."""
        seconds, micros = self._redis.time()
        return int(seconds) * 1000 + int(micros) // 1000

    def _run(self, name: str, keys: Sequence[str], *arguments: str | float) -> Any:
        return script(self._redis, name)(keys=keys, args=arguments)


def _offsets(listed: Sequence[SourceConfig], longest: float) -> Iterator[float]:
    """When new sources come due: soon, a little apart from each other, and further from those of their host."""
    hosts: Counter[str] = Counter()
    most = Counter(_host(source) for source in listed)
    for number, source in enumerate(listed):
        host = _host(source)
        near = min(number * APART, number * longest / len(listed))
        yield max(near, hosts[host] * min(HOST_APART, longest / most[host]))
        hosts[host] += 1


def _host(source: SourceConfig) -> str:
    return urlsplit(source.url).hostname or ""


def _result(fetch: Fetch) -> str:
    failed = fetch.outcome in FAILURES
    return f"{fetch.reason}: {fetch.message}" if failed and fetch.reason else fetch.message or str(fetch.outcome)


def _read(item: str) -> Fetch | None:
    try:
        return Fetch.model_validate_json(item)
    except ValidationError:  # written by another version of ours
        return None


def _was_charged(fetch: Fetch, oldest: str) -> bool:
    return reached(fetch) is False and fetch.outcome is PollOutcome.TEMPORARY and fetch.at >= oldest


def _pace(known: dict[str, str]) -> Pace:
    try:
        return Pace.model_validate_json(known.get("pace", "{}"))
    except ValidationError:  # written by another version of ours: it is learned anew
        return Pace()


def _json(pace: Pace) -> str:
    return pace.model_dump_json(exclude_defaults=True)


def _ms(seconds: float | None) -> str:
    return "" if seconds is None else str(int(seconds * 1000))


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _stamp(ms: int) -> str:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _time(ms: str | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(int(ms) / 1000, dt.UTC) if ms else None
