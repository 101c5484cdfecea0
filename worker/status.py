"""`newsworker status`: what waits, what came out, what was given up, and who is at work."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import redis
from pydantic import BaseModel

from worker.keys import ERRANDS, QUEUES
from worker.ledger import Ledger
from worker.polling.roster import Row, rows
from worker.redis import masked
from worker.settings import Settings
from worker.tail import STREAMS

# Workers answer at once or are busy starting.
PING_SECONDS = 1.0
# Polls to come that are told: what a person waits for.
NEXT = 3


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


class Status(BaseModel):
    """All of it, at one moment; `outage`: since when our own network is down, UTC."""

    redis: str
    queues: dict[str, int]
    unacknowledged: int
    ledger: dict[str, int]
    streams: list[Stream]
    counts: dict[str, int]
    dead: dict[str, int]
    sources: dict[str, int]
    next_polls: list[Row]
    outage: dt.datetime | None
    workers: list[str]


def gather(client: redis.Redis, settings: Settings) -> Status:
    """Ask the server, and the workers."""
    keys, ledger = settings.keys, Ledger(client, settings)
    counts = ledger.counts()
    mark = "rejected:"
    waiting: dict[str, Any] = {queue: client.llen(keys.celery_prefix + queue) for queue in (*ERRANDS, *QUEUES)}
    return Status(
        redis=masked(settings.redis_url),
        queues=waiting,
        unacknowledged=int(client.hlen(keys.celery_prefix + "unacked")),
        ledger={str(stage): number for stage, number in ledger.pending().items()},
        streams=[_stream(client, keys.stream(name)) for name in STREAMS],
        counts={name: number for name, number in counts.items() if not name.startswith(mark)},
        dead={name.removeprefix(mark): number for name, number in counts.items() if name.startswith(mark)},
        **_sources(client, settings),
        workers=workers(settings),
    )


def _stream(client: redis.Redis, key: str) -> Stream:
    groups: Any = client.xinfo_groups(key) if client.exists(key) else []
    told = [Group(name=group["name"], lag=group.get("lag"), pending=group["pending"]) for group in groups]
    return Stream(name=key, length=int(client.xlen(key)), groups=told)


def _sources(client: redis.Redis, settings: Settings) -> dict[str, Any]:
    from worker.catalogue import sources
    from worker.schedule import Schedule

    schedule = Schedule(client, settings)
    listed = rows(sources(settings.path(settings.feeds)), schedule)
    waiting = sorted((row for row in listed if row.next and row.enabled), key=lambda row: str(row.next))
    return {
        "sources": dict(Counter(row.health.value for row in listed)),
        "next_polls": waiting[:NEXT],
        "outage": schedule.outage(),
    }


def workers(settings: Settings) -> list[str]:
    """The names of the workers that answer."""
    from worker.celery import make_app

    with make_app(settings) as celery:
        return sorted(celery.control.inspect(timeout=PING_SECONDS).ping() or {})
