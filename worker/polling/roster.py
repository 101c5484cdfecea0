"""How the sources are: what the file says of each, what came of its polls, and whether somebody should look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import redis
from pydantic import Field

from worker.keys import Keys
from worker.model import Frozen
from worker.polling.conditional import load
from worker.schedule import Schedule, State
from worker.sources import SourceConfig


class Health(StrEnum):
    """Whether a source does what it is there for."""

    GOOD = "good"
    FAILING = "failing"  # its last poll brought no readable answer
    SILENT = "silent"  # it answers, and has had no news for longer than is usual with it
    NEW = "new"  # not polled yet
    OFF = "off"  # enabled = false
    UNKNOWN = "unknown"  # no broker answers


class Row(Frozen):
    """A source in a list of them; times are UTC."""

    name: str
    title: str | None
    url: str
    tags: tuple[str, ...]
    enabled: bool
    health: Health
    last: dt.datetime | None = Field(default=None, description="Its last poll.")
    result: str = Field(default="", description="What came of it.")
    failures: int = Field(default=0, description="Polls in a row that brought no readable answer.")
    last_news: dt.datetime | None = Field(default=None, description="The last poll that brought news.")
    news_a_day: float | None = Field(default=None, description="Entries that were new, a day; recent ones weigh more.")
    next: dt.datetime | None = Field(default=None, description="Its next poll.")
    because: str = Field(default="", description="Why then.")
    moved_to: str | None = Field(default=None, description="Where its feed is polled, which has moved there for good.")


def rows(
    sources: Iterable[SourceConfig], schedule: Schedule | None, moved: Mapping[str, str] = MappingProxyType({})
) -> list[Row]:
    """A row for each source, in their order; without a schedule, what the file says. `moved`: what `moves` tells."""
    return [_row(source, schedule.state(source) if schedule else None, moved.get(source.name)) for source in sources]


def moves(sources: Sequence[SourceConfig], client: redis.Redis, keys: Keys) -> dict[str, str]:
    """The feeds that have moved for good: source name -> the address where it is polled now."""
    known: Any = client.mget([keys.feed(source.name) for source in sources]) if sources else []
    places = [(source, load(text, source.url).url) for source, text in zip(sources, known, strict=True)]
    return {source.name: url for source, url in places if url != source.url}


def _row(source: SourceConfig, state: State | None, moved: str | None) -> Row:
    told = {key: getattr(source, key) for key in ("name", "title", "url", "tags", "enabled")}
    if state is None:
        return Row(**told, health=Health.UNKNOWN if source.enabled else Health.OFF)
    keys = ("last", "result", "failures", "last_news", "news_a_day", "next", "because")
    return Row(**told, health=_health(source, state), moved_to=moved, **{key: getattr(state, key) for key in keys})


def _health(source: SourceConfig, state: State) -> Health:
    if not source.enabled:
        return Health.OFF
    if state.last is None:
        return Health.NEW
    if state.failures:
        return Health.FAILING
    return Health.SILENT if state.silent else Health.GOOD
