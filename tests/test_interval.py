from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.schedule.fetches import FAILURES, Fetch, PollOutcome
from worker.schedule.interval import (
    DAY,
    GONE_PROBE,
    HOUR,
    JITTER,
    LONGEST,
    MINUTE,
    PROMISE,
    Limits,
    Pace,
    Step,
    absolved,
    after,
    silent,
)
from worker.settings import Settings

LIMITS = Limits.of(Settings())
START = 1_790_000_000.0


def fetch(outcome: PollOutcome = PollOutcome.OLD, **known: Any) -> Fetch:
    return Fetch(at="2026-11-24T08:00:00Z", outcome=outcome, **known)


def news(new: int, entries: int = 40, **known: Any) -> Fetch:
    return fetch(PollOutcome.NEWS if new else PollOutcome.OLD, new=new, entries=entries, **known)


class Feed:
    """A source whose polls follow one another when the controller says."""

    def __init__(self, fixed: float | None = None, chance: float = 0.5) -> None:
        self.pace, self.now, self.fixed, self.chance = Pace(), START, fixed, chance

    def poll(self, made: Fetch, past: float | None = None) -> Step:
        step = after(self.pace, made, self.now, LIMITS, self.fixed, self.chance)
        self.pace, self.now = step.pace, self.now + (past or step.seconds)
        return step

    def settle(self, gap: float, days: float = 20, window: int = 40) -> Step:
        """Polls of a feed with an entry every `gap` seconds."""
        end, published = self.now + days * DAY, self.now
        step = self.poll(news(window, window))
        while self.now < end:
            new = 0
            while published + gap <= self.now:
                published, new = published + gap, new + 1
            step = self.poll(news(min(new, window), window))
        return step


def good(**known: Any) -> Pace:
    return Pace(polled=START - HOUR, interval=HOUR, window=40, news=10, watched=DAY, last_news=START - HOUR, **known)


class TestNews:
    def test_a_new_source_is_polled_as_the_settings_say(self) -> None:
        step = Feed().poll(news(40))
        assert step.seconds == LIMITS.first
        assert step.because == "first poll, 40 entries; a new source is polled every 15 min"

    def test_what_brings_more_is_polled_more_often(self) -> None:
        waits = [Feed().settle(gap).seconds for gap in (5 * MINUTE, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 5 * HOUR)]
        assert waits == sorted(waits)
        assert len(set(waits)) == len(waits)

    def test_what_spoke_within_the_month_is_heard_within_the_hour(self) -> None:
        assert Feed(chance=0.999).settle(28 * DAY, days=100).seconds <= HOUR
        assert PROMISE * (1 + JITTER) <= HOUR

    def test_what_brought_nothing_for_a_year_is_asked_twice_a_day(self) -> None:
        feed = Feed()
        feed.settle(DAY, days=5)
        while feed.now < START + 370 * DAY:
            feed.poll(fetch(PollOutcome.UNCHANGED))
        assert 8 * HOUR < feed.poll(fetch(PollOutcome.UNCHANGED)).seconds < 16 * HOUR

    def test_a_source_that_wakes_is_asked_often_at_once(self) -> None:
        feed = Feed()
        feed.settle(100 * DAY, days=90)
        assert feed.poll(news(0)).seconds > 2 * HOUR
        assert feed.poll(news(20)).seconds < 0.9 * PROMISE

    def test_of_a_small_window_a_third_at_most_is_expected_to_be_new(self) -> None:
        small, large = Feed().settle(10 * MINUTE, window=5), Feed().settle(10 * MINUTE, window=50)
        assert small.seconds < large.seconds
        assert small.seconds <= 5 / 3 * 10 * MINUTE * (1 + JITTER)
        assert "the feed holds 5" in small.because

    def test_if_more_than_half_were_new_the_wait_is_halved_at_least(self) -> None:
        feed = Feed()
        before = feed.settle(DAY).pace.interval
        assert before
        step = feed.poll(news(21))
        assert step.seconds <= before / 2
        assert "more than half were new" in step.because

    def test_why_is_said_in_words(self) -> None:
        step = after(good(), news(3), START - 30 * MINUTE, LIMITS, None, 0.5)
        assert step.because.startswith("3 of 40 entries were new in 30 min; about ")
        step = after(good(), news(3, floor=90 * MINUTE), START - 30 * MINUTE, LIMITS, None, 0.5)
        assert step.because == "3 of 40 entries were new in 30 min; the server asks for 90 min at least"

    @given(chance=st.floats(0, 0.999), floor=st.floats(0, 1e9), new=st.integers(0, 40), fixed=st.booleans())
    def test_a_server_is_never_asked_sooner_than_it_wants_nor_later_than_the_bound(
        self, chance: float, floor: float, new: int, *, fixed: bool
    ) -> None:
        step = after(good(), news(new, floor=floor), START, LIMITS, HOUR if fixed else None, chance)
        if fixed:
            assert step.seconds <= HOUR * (1 + JITTER)
        else:
            assert min(floor, LIMITS.high) <= step.seconds <= LIMITS.high * (1 + JITTER)

    @given(chances=st.tuples(st.floats(0, 0.999), st.floats(0, 0.999)))
    def test_the_bounds_of_the_settings_hold(self, chances: tuple[float, float]) -> None:
        tight = Limits(low=600, high=700, first=650, network=30)
        for pace, new in ((good(), 40), (good().model_copy(update={"last_news": 0.0, "news": 0}), 0)):
            step = after(pace, news(new), START, tight, None, chances[0])
            assert 600 * (1 - JITTER) <= step.seconds <= 700 * (1 + JITTER)

    def test_sources_of_one_interval_drift_apart(self) -> None:
        waits = {after(good(), news(1), START, LIMITS, None, chance / 10).seconds for chance in range(10)}
        assert len(waits) == 10


class TestFailures:
    @pytest.mark.parametrize(
        ("outcome", "score"), [(PollOutcome.SOFT, 0.5), (PollOutcome.HARD, 1), (PollOutcome.TEMPORARY, 0.25)]
    )
    def test_each_kind_has_its_weight_and_the_wait_grows_with_the_sum(self, outcome: PollOutcome, score: float) -> None:
        feed = Feed(fixed=MINUTE, chance=0)
        for number in range(1, 5):
            step = feed.poll(fetch(outcome))
            assert step.pace.score == number * score
            assert step.seconds == number * score * HOUR
        assert step.because == f"it failed 4 times in a row (score {4 * score:g})"

    def test_it_waits_a_day_at_most_for_a_month_and_30_days_in_the_end(self) -> None:
        feed = Feed(chance=0)
        waits = []
        while feed.now < START + 3 * 365 * DAY:
            before = feed.now - START
            waits.append((before, feed.poll(fetch(PollOutcome.HARD)).seconds))
        assert max(wait for before, wait in waits if before < 30 * DAY) == DAY
        assert waits[-1][1] == LONGEST

    def test_success_takes_all_of_it_back(self) -> None:
        feed = Feed()
        usual = feed.settle(HOUR).seconds
        for _ in range(20):
            feed.poll(fetch(PollOutcome.HARD))
        step = feed.poll(news(1))
        assert (step.pace.score, step.pace.failures, step.pace.since) == (0, 0, None)
        assert step.seconds == pytest.approx(usual, rel=0.5)

    @given(outcomes=st.lists(st.sampled_from(sorted(FAILURES)), max_size=60), chance=st.floats(0, 0.999))
    def test_a_source_is_never_given_up(self, outcomes: list[PollOutcome], chance: float) -> None:
        feed = Feed(chance=chance)
        for outcome in outcomes:
            assert 0 < feed.poll(fetch(outcome)).seconds <= LONGEST * (1 + JITTER)

    def test_retry_after_is_kept_to_and_a_little_later(self) -> None:
        for fixed in (None, MINUTE):
            step = Feed(fixed, chance=0.9).poll(fetch(PollOutcome.HELD, retry_after=1000))
            assert 1000 < step.seconds <= 1000 * (1 + JITTER)
        assert step.because == "the server asks for 17 min without a request"

    def test_retry_after_counts_for_a_day_at_most(self) -> None:
        assert Feed(chance=0).poll(fetch(PollOutcome.HELD, retry_after=1e9)).seconds == DAY
        assert Feed(chance=0).poll(fetch(PollOutcome.TEMPORARY, retry_after=1e9)).seconds == DAY

    def test_a_server_that_asks_to_slow_down_is_asked_half_as_often_each_time(self) -> None:
        feed = Feed(fixed=HOUR, chance=0)
        assert [feed.poll(fetch(PollOutcome.HELD)).seconds for _ in range(3)] == [2 * HOUR, 4 * HOUR, 8 * HOUR]
        assert feed.pace.score == 0

    def test_what_is_gone_is_asked_after_a_day_and_then_every_30_days(self) -> None:
        feed = Feed(chance=0)
        waits = [feed.poll(fetch(PollOutcome.GONE)).seconds for _ in range(3)]
        assert waits == [DAY, GONE_PROBE, GONE_PROBE]
        assert feed.poll(news(1)).seconds < DAY
        assert feed.poll(fetch(PollOutcome.GONE)).seconds == DAY

    def test_an_outage_of_our_own_changes_nothing_that_is_known(self) -> None:
        step = after(good(), fetch(PollOutcome.NETWORK), START, LIMITS, None, 0.5)
        assert step.pace == good()
        assert step.seconds <= 2 * LIMITS.network

    def test_waiting_for_ones_turn_at_a_host_is_no_failure(self) -> None:
        step = after(good(), fetch(PollOutcome.HELD, reason="host-busy", retry_after=5), START, LIMITS, None, 0.5)
        assert step.pace == good()
        assert 5 <= step.seconds <= 10
        step = after(good(), fetch(PollOutcome.HELD, reason="host-busy", retry_after=DAY), START, LIMITS, None, 0.9)
        assert DAY <= step.seconds <= DAY + MINUTE

    def test_a_clock_that_was_set_back_does_no_harm(self) -> None:
        step = after(good(), news(1), START - 10 * DAY, LIMITS, None, 0.5)
        assert LIMITS.low * (1 - JITTER) <= step.seconds <= HOUR

    def test_what_was_charged_for_an_outage_is_taken_back(self) -> None:
        feed = Feed()
        feed.poll(fetch(PollOutcome.HARD))
        before = feed.pace
        feed.poll(fetch(PollOutcome.TEMPORARY))
        feed.poll(fetch(PollOutcome.TEMPORARY))
        assert absolved(feed.pace, 2) == before
        assert absolved(feed.pace, 9).since is None


class TestSilence:
    def test_a_lively_source_is_missed_after_four_days_and_a_weekly_one_after_three_weeks(self) -> None:
        lively, weekly = Feed(), Feed()
        lively.settle(10 * MINUTE)
        weekly.settle(7 * DAY, days=60)
        assert [silent(lively.pace, lively.now + days * DAY) for days in (3.9, 4.1)] == [False, True]
        assert [silent(weekly.pace, (weekly.pace.last_news or 0) + days * DAY) for days in (20, 23)] == [False, True]

    def test_a_source_that_never_brought_news_is_not_missed(self) -> None:
        feed = Feed()
        for _ in range(20):
            feed.poll(fetch(PollOutcome.UNCHANGED))
        assert not silent(feed.pace, feed.now + 1000 * DAY)
