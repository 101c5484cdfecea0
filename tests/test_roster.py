from __future__ import annotations

import datetime as dt

import pytest

from worker import roster
from worker.roster import Health
from worker.schedule import Schedule, State
from worker.sources import SourceConfig

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
FEED = SourceConfig(name="feed", url="https://news.example/feed")


class Known(Schedule):
    """A schedule that knows one thing."""

    def __init__(self, known: State) -> None:
        self._known = known

    def state(self, source: SourceConfig) -> State:
        del source
        return self._known


def health(days: float | None, rate: float | None, failures: int = 0, *, polled: bool = True) -> Health:
    news = None if days is None else NOW - dt.timedelta(days=days)
    state = State("feed", NOW if polled else None, NOW, "", failures, last_news=news, news_a_day=rate)
    [row] = roster.rows([FEED], Known(state), NOW)
    return row.health


@pytest.mark.parametrize(
    ("days", "rate", "expected"),
    [
        (0.1, 20, Health.GOOD),
        (6.9, 20, Health.GOOD),
        (7.1, 20, Health.SILENT),
        (30, 0.1, Health.GOOD),
        (51, 0.1, Health.SILENT),
        (30, 0.0, Health.SILENT),
        (None, None, Health.GOOD),
    ],
)
def test_source_is_silent_after_a_week_and_five_of_its_gaps(days: float | None, rate: float | None, expected: Health) -> None:
    assert health(days, rate) is expected


def test_source_that_fails_is_failing_whatever_else_it_is() -> None:
    assert health(100, 1, failures=1) is Health.FAILING


def test_source_that_was_never_polled_is_new() -> None:
    assert health(None, None, polled=False) is Health.NEW


def test_source_that_is_switched_off_is_off_and_without_a_schedule_nothing_is_known() -> None:
    off = FEED.model_copy(update={"enabled": False})
    assert [row.health for row in roster.rows([FEED, off], None, NOW)] == [Health.UNKNOWN, Health.OFF]
