"""When each source is polled next, and what came of the last time: a hash a source in Redis (`keys.source`)."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import redis

from worker.errors import NewsworkerError
from worker.http import Response
from worker.redis import script
from worker.settings import Settings
from worker.sources import SourceConfig

# A source that fails is asked half as often each time, down to once a day; it is never given up.
LONGEST_SECONDS = 86_400.0
# Sources of one interval drift apart by this share, so that they do not all come due at once.
JITTER = 0.1
# Answer header -> the condition that takes it back, as it was given.
VALIDATORS = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}


@dataclass(frozen=True)
class State:
    """What is known of a source: times are UTC, None before its first poll; `failures` counts those in a row."""

    name: str
    last: dt.datetime | None
    next: dt.datetime | None
    result: str
    failures: int


class Schedule:
    """The schedule in a Redis server; any number of schedulers may share it."""

    def __init__(self, client: redis.Redis, settings: Settings) -> None:
        self._redis: Any = client
        self._settings = settings

    def due(self, sources: Iterable[SourceConfig]) -> list[SourceConfig]:
        """The sources to poll now; each is given to one caller only, and is due again after its interval."""
        return [source for source in sources if source.enabled and self._claim(source)]

    def conditions(self, source: SourceConfig) -> dict[str, str]:
        """Request headers that spare us an answer which did not change; none after the source moved."""
        known = self._hash(source)
        if known.get("url") != source.url:
            return {}
        return {header: known[field] for field, header in VALIDATORS.items() if known.get(field)}

    def is_unchanged(self, source: SourceConfig, answer: Response) -> bool:
        """Whether an answer brings nothing new: the server says so, or its bytes are those of the last time."""
        known = self._hash(source)
        return answer.status == 304 or (known.get("url"), known.get("body")) == (source.url, _digest(answer.body))

    def succeeded(self, source: SourceConfig, answer: Response, result: str) -> None:
        """Note a good poll. Call it when its entries are accepted: what it notes keeps them from being read again."""
        values: dict[str, Any] = {"url": source.url, "result": result, "failures": 0, "last": self._now_ms()}
        if answer.status != 304:
            values |= {field: answer.headers.get(field, "") for field in VALIDATORS}
            values["body"] = _digest(answer.body)
        self._redis.hset(self._key(source), mapping=values)

    def failed(self, source: SourceConfig, error: NewsworkerError) -> float:
        """Note a poll that failed, and give the seconds until the next one; a server's own wish is honoured."""
        failures = int(self._redis.hincrby(self._key(source), "failures", 1))
        interval = self._interval(source)
        # The exponent is bounded: a source may fail for years.
        delay = min(interval * 2 ** min(failures, 20), max(LONGEST_SECONDS, interval))
        delay = max(delay, getattr(error, "retry_after", None) or 0)
        now = self._now_ms()
        values = {"result": f"{error.reason}: {error.message}", "last": now, "next": now + int(delay * 1000)}
        self._redis.hset(self._key(source), mapping=values)
        return float(delay)

    def state(self, source: SourceConfig) -> State:
        """What is known of a source."""
        known = self._hash(source)
        return State(
            name=source.name,
            last=_time(known.get("last")),
            next=_time(known.get("next")),
            result=known.get("result", ""),
            failures=int(known.get("failures", 0)),
        )

    def _claim(self, source: SourceConfig) -> bool:
        wait = self._interval(source) * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311  no secret
        return bool(script(self._redis, "due")(keys=[self._key(source)], args=[int(wait * 1000)]))

    def _interval(self, source: SourceConfig) -> float:
        return source.interval or self._settings.poll_seconds

    def _key(self, source: SourceConfig) -> str:
        return self._settings.keys.source(source.name)

    def _hash(self, source: SourceConfig) -> dict[str, str]:
        found: Any = self._redis.hgetall(self._key(source))
        return dict(found)

    def _now_ms(self) -> int:
        """By the server's clock, as all times of the schedule are."""
        seconds, micros = self._redis.time()
        return int(seconds) * 1000 + int(micros) // 1000


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _time(ms: str | None) -> dt.datetime | None:
    return dt.datetime.fromtimestamp(int(ms) / 1000, dt.UTC) if ms else None
