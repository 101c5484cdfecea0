from __future__ import annotations

import datetime as dt

from worker.polling import roster
from worker.polling.roster import Health
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


def health(failures: int = 0, *, polled: bool = True, silent: bool = False) -> Health:
    state = State("feed", NOW if polled else None, NOW, "", failures, silent=silent)
    [row] = roster.rows([FEED], Known(state))
    return row.health


def test_source_that_answers_is_good_unless_it_fell_silent() -> None:
    assert health() is Health.GOOD
    assert health(silent=True) is Health.SILENT


def test_source_that_fails_is_failing_whatever_else_it_is() -> None:
    assert health(failures=1, silent=True) is Health.FAILING


def test_source_that_was_never_polled_is_new() -> None:
    assert health(polled=False) is Health.NEW


def test_source_that_is_switched_off_is_off_and_without_a_schedule_nothing_is_known() -> None:
    off = FEED.model_copy(update={"enabled": False})
    assert [row.health for row in roster.rows([FEED, off], None)] == [Health.UNKNOWN, Health.OFF]
