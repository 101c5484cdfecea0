"""`newsworker status`: what waits, what came out, what was given up, and who is at work."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import Any

import redis
from pydantic import BaseModel

from worker.keys import QUEUES
from worker.ledger import Ledger
from worker.redis import masked
from worker.settings import Settings
from worker.tail import STREAMS

# Workers answer at once or are busy starting.
PING_SECONDS = 1.0


class Group(BaseModel):
    """A consumer group of a stream: `lag` entries not yet given to it (null: unknown), `pending` not acknowledged."""

    name: str
    lag: int | None
    pending: int


class Stream(BaseModel):
    """A stream: entries now, and who reads it."""

    name: str
    length: int
    groups: list[Group]


class Source(BaseModel):
    """A source and what came of its last poll; `failures` counts those in a row, times are UTC."""

    name: str
    url: str
    enabled: bool
    last: dt.datetime | None
    next: dt.datetime | None
    result: str
    failures: int


class Status(BaseModel):
    """All of it, at one moment."""

    redis: str
    queues: dict[str, int]
    unacknowledged: int
    ledger: dict[str, int]
    streams: list[Stream]
    counts: dict[str, int]
    dead: dict[str, int]
    sources: list[Source]
    workers: list[str]


def gather(client: redis.Redis, settings: Settings) -> Status:
    """Ask the server, and the workers."""
    keys, ledger = settings.keys, Ledger(client, settings)
    counts = ledger.counts()
    mark = "rejected:"
    waiting: dict[str, Any] = {queue: client.llen(keys.celery_prefix + queue) for queue in QUEUES}
    return Status(
        redis=masked(settings.redis_url),
        queues=waiting,
        unacknowledged=int(client.hlen(keys.celery_prefix + "unacked")),
        ledger={str(stage): number for stage, number in ledger.pending().items()},
        streams=[_stream(client, keys.stream(name)) for name in STREAMS],
        counts={name: number for name, number in counts.items() if not name.startswith(mark)},
        dead={name.removeprefix(mark): number for name, number in counts.items() if name.startswith(mark)},
        sources=_sources(client, settings),
        workers=_workers(settings),
    )


def _stream(client: redis.Redis, key: str) -> Stream:
    groups: Any = client.xinfo_groups(key) if client.exists(key) else []
    told = [Group(name=group["name"], lag=group.get("lag"), pending=group["pending"]) for group in groups]
    return Stream(name=key, length=int(client.xlen(key)), groups=told)


def _sources(client: redis.Redis, settings: Settings) -> list[Source]:
    from worker.schedule import Schedule
    from worker.sources import load_sources

    path = settings.path(settings.feeds)
    schedule = Schedule(client, settings)
    sources = load_sources(path) if path.is_file() else ()
    return [Source(url=s.url, enabled=s.enabled, **asdict(schedule.state(s))) for s in sources]


def _workers(settings: Settings) -> list[str]:
    from worker.celery import make_app

    answers = make_app(settings).control.inspect(timeout=PING_SECONDS).ping() or {}
    return sorted(answers)
