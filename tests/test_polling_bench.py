"""What bench/polling.py measures on recorded feeds holds for rhythms that we make up; the bench prints the table."""

from __future__ import annotations

import pytest

from bench import polling
from bench.polling import Adaptive, Fixed, Rhythm, Score, made_up, replay
from worker.schedule.interval import DAY, HOUR, MINUTE, Limits
from worker.settings import Settings

LIMITS = Limits.of(Settings())


def test_hardly_anything_is_missed_or_late_with_half_of_the_polls() -> None:
    ours, theirs = Score(), Score()
    for rhythm in made_up():
        ours += replay(rhythm, Adaptive(LIMITS, rhythm.name), 28 * DAY)
        theirs += replay(rhythm, Fixed(), 28 * DAY)
    assert ours.lost <= 0.01
    assert ours.polls <= 0.5 * theirs.polls


def test_what_leaves_the_window_unseen_is_missed_and_what_waits_for_more_than_an_hour_is_late() -> None:
    class Rarely:
        def wait(self, *_: float) -> float:
            return 2 * HOUR

    times = tuple(polling.START + minute * MINUTE for minute in (-5, 10, 20, 30, 90, 110))
    score = replay(Rhythm("", times, 3), Rarely(), 3 * HOUR)
    assert (score.polls, score.entries, score.missed, score.late) == (1, 5, 2, 1)


@pytest.mark.parametrize(("gap", "period"), [(HOUR / 4, HOUR / 4 * 10), (0.3 * DAY, 3 * DAY), (2 * DAY, 21 * DAY)])
def test_a_recorded_rhythm_is_repeated_at_its_time_of_day_and_week(gap: float, period: float) -> None:
    times = [1000.0 + number * gap for number in range(10)]
    repeated = polling.repeated(times)
    assert repeated[0] <= polling.START
    assert repeated[-1] >= polling.START + polling.SPAN
    assert repeated[10] - repeated[0] == pytest.approx(period)
