"""How the sources are: what the file says of each, what came of its polls, and whether somebody should look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from worker.model import Frozen
from worker.schedule import Schedule, State
from worker.sources import SourceConfig

# A source is silent after a week without news, and after five times as long as its news are usually apart: an institution
# may have three statements a month.
SILENT_DAYS, SILENT_GAPS = 7.0, 5.0


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


def rows(sources: Iterable[SourceConfig], schedule: Schedule | None, now: dt.datetime) -> list[Row]:
    """A row for each source, in their order; without a schedule, what the file says."""
    return [_row(source, schedule.state(source) if schedule else None, now) for source in sources]


def _row(source: SourceConfig, state: State | None, now: dt.datetime) -> Row:
    told = {key: getattr(source, key) for key in ("name", "title", "url", "tags", "enabled")}
    if state is None:
        return Row(**told, health=Health.UNKNOWN if source.enabled else Health.OFF)
    keys = ("last", "result", "failures", "last_news", "news_a_day", "next", "because")
    return Row(**told, health=_health(source, state, now), **{key: getattr(state, key) for key in keys})


def _health(source: SourceConfig, state: State, now: dt.datetime) -> Health:
    if not source.enabled:
        return Health.OFF
    if state.last is None:
        return Health.NEW
    if state.failures:
        return Health.FAILING
    return Health.SILENT if _is_silent(state, now) else Health.GOOD


def _is_silent(state: State, now: dt.datetime) -> bool:
    if state.last_news is None:
        return False  # how long it has been polled is not known
    usual = 1 / state.news_a_day if state.news_a_day else 0
    return now - state.last_news > dt.timedelta(days=max(SILENT_DAYS, SILENT_GAPS * usual))
