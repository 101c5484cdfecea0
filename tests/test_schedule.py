from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, cast

import pytest
import redis
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from support import Server

from worker.schedule import APART, HOST_APART, KEPT, OUT, Schedule
from worker.schedule.fetches import Fetch, PollOutcome
from worker.schedule.interval import DAY, HOUR, JITTER, Pace
from worker.settings import Settings
from worker.sources import SourceConfig

Later = Callable[[float], None]

FEED = SourceConfig(name="feed", url="https://news.example/feed", interval=600)


def fetch(outcome: PollOutcome = PollOutcome.OLD, **known: Any) -> Fetch:
    return Fetch(at="2026-11-24T08:00:00Z", outcome=outcome, **known)


def feeds(number: int, host: str = "") -> list[SourceConfig]:
    return [SourceConfig(name=f"f{n}", url=f"https://{host or f'h{n}.example'}/{n}") for n in range(number)]


@pytest.fixture
def schedule(server: Server, settings: Settings) -> Schedule:
    return Schedule(server.client, settings)


@pytest.fixture
def later(server: Server, settings: Settings) -> Later:
    """Let so many seconds pass: all times of the schedule are older by them."""

    def pass_by(seconds: float) -> None:
        keys = settings.keys
        for key in (keys.schedule, keys.claims, keys.running):
            for name in server.client.zrange(key, 0, -1):
                server.client.zincrby(key, -int(seconds * 1000), name)
        for key in server.client.keys(keys.source("*")):
            for field in ("next", "last", "held"):
                if server.client.hexists(key, field):
                    server.client.hincrby(key, field, -int(seconds * 1000))

    return pass_by


def wait(schedule: Schedule, server: Server, source: SourceConfig = FEED) -> float:
    """Seconds until the source's next poll."""
    due = schedule.state(source).next
    assert due
    seconds, micros = server.client.time()
    return due.timestamp() - float(seconds) - float(micros) / 1e6


def names(sources: list[SourceConfig]) -> list[str]:
    return [source.name for source in sources]


class TestDue:
    def test_a_source_is_due_at_once_and_then_after_its_interval(
        self, server: Server, schedule: Schedule, later: Later
    ) -> None:
        assert schedule.due([FEED]) == [FEED]
        assert schedule.due([FEED]) == []
        schedule.settle(FEED, fetch())
        assert 600 * (1 - JITTER) - 2 <= wait(schedule, server) <= 600 * (1 + JITTER)
        assert schedule.due([FEED]) == []
        later(600 * (1 + JITTER))
        assert schedule.due([FEED]) == [FEED]

    def test_a_disabled_source_is_never_due(self, schedule: Schedule) -> None:
        assert schedule.due([FEED.model_copy(update={"enabled": False})]) == []

    def test_of_many_schedulers_one_is_given_the_source(self, settings: Settings) -> None:
        def ask(_: int) -> int:
            client = redis.Redis.from_url(settings.redis_url, decode_responses=True)
            return len(Schedule(client, settings).due([FEED]))

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(ask, range(24))) == 1

    def test_a_source_that_leaves_the_list_is_polled_no_more_and_keeps_its_time(
        self, server: Server, schedule: Schedule, later: Later
    ) -> None:
        schedule.due([FEED])
        schedule.settle(FEED, fetch())
        schedule.due([])
        later(DAY)
        assert schedule.due([]) == []
        assert server.client.ttl("news:source:feed") > 0
        later(-DAY)
        assert schedule.due([FEED]) == []
        assert server.client.ttl("news:source:feed") == -1
        later(600 * (1 + JITTER))
        assert schedule.due([FEED]) == [FEED]

    def test_a_source_that_left_while_it_was_polled_stays_away(self, schedule: Schedule, later: Later) -> None:
        schedule.due([FEED])
        schedule.due([])
        schedule.settle(FEED, fetch())
        later(DAY)
        assert schedule.due([]) == []

    def test_a_changed_interval_counts_from_the_last_poll(self, server: Server, schedule: Schedule, later: Later) -> None:
        schedule.due([FEED])
        schedule.settle(FEED, fetch())
        often = FEED.model_copy(update={"interval": 60.0})
        schedule.due([often])
        assert wait(schedule, server) == pytest.approx(60, abs=2)
        later(61)
        assert schedule.due([often]) == [often]

    def test_a_new_address_is_polled_at_once(self, schedule: Schedule) -> None:
        schedule.due([FEED])
        schedule.settle(FEED, fetch())
        moved = FEED.model_copy(update={"url": "https://other.example/feed"})
        assert schedule.due([moved]) == [moved]

    def test_a_new_interval_does_not_break_what_the_server_asked_for(self, server: Server, schedule: Schedule) -> None:
        schedule.due([FEED])
        schedule.settle(FEED, fetch(PollOutcome.HELD, retry_after=5000))
        schedule.due([FEED.model_copy(update={"interval": 60.0})])
        assert wait(schedule, server) >= 5000 - 2

    def test_new_sources_come_soon_and_not_all_at_once(self, server: Server, schedule: Schedule, settings: Settings) -> None:
        found = schedule.due(feeds(200))
        assert len(found) < 10
        waits = sorted(score for _, score in server.client.zrange(settings.keys.schedule, 0, -1, withscores=True))
        assert waits[-1] - waits[0] == pytest.approx(199 * APART * 1000, rel=0.05)

    def test_new_sources_of_one_host_come_further_apart(self, server: Server, schedule: Schedule, settings: Settings) -> None:
        schedule.due(feeds(100, "one.example"))
        waits = sorted(score for _, score in server.client.zrange(settings.keys.schedule, 0, -1, withscores=True))
        assert min(b - a for a, b in pairwise(waits)) == pytest.approx(HOST_APART * 1000, rel=0.01)

    def test_no_more_are_given_out_than_workers_can_take(self, schedule: Schedule, settings: Settings, later: Later) -> None:
        many = feeds(500)
        given = names(schedule.due(many))
        later(settings.lease_seconds / 2)
        while found := schedule.due(many):
            given += names(found)
        assert len(set(given)) == len(given) <= OUT * 2
        schedule.settle(many[0], fetch())
        assert len(schedule.due(many)) == 1

    def test_a_person_need_not_wait_unless_the_server_asked_for_it(
        self, server: Server, schedule: Schedule, later: Later
    ) -> None:
        schedule.due([FEED])
        schedule.settle(FEED, fetch())
        assert not schedule.begin(FEED)
        assert schedule.begin(FEED, asked=True)
        schedule.settle(FEED, fetch(PollOutcome.HELD, retry_after=5000))
        assert not schedule.begin(FEED, asked=True)
        assert wait(schedule, server) >= 5000 - 2
        later(5000 * (1 + JITTER))
        assert schedule.begin(FEED, asked=True)

    def test_a_look_at_ten_thousand_sources_none_of_which_is_due_is_one_command(
        self, server: Server, schedule: Schedule, settings: Settings
    ) -> None:
        many = tuple(feeds(10_000))
        schedule.due(many)
        server.client.delete(settings.keys.claims)
        server.client.zremrangebyscore(settings.keys.schedule, "-inf", float(server.client.time()[0]) * 1000 + 60_000)
        server.client.config_resetstat()
        assert schedule.due(many) == []
        calls = {name: each["calls"] for name, each in server.client.info("commandstats").items()}
        assert calls.pop("cmdstat_evalsha") == 1
        assert sum(calls.values()) < 10


class TestClaims:
    def test_a_message_that_was_lost_is_sent_again_after_the_lease(
        self, schedule: Schedule, settings: Settings, later: Later
    ) -> None:
        schedule.due([FEED])
        later(settings.lease_seconds + 1)
        assert schedule.due([FEED]) == [FEED]
        assert schedule.begin(FEED)

    def test_a_poll_never_runs_twice_at_once(self, schedule: Schedule, settings: Settings, later: Later) -> None:
        schedule.due([FEED])
        assert schedule.begin(FEED)
        assert not schedule.begin(FEED)
        assert not schedule.begin(FEED, asked=True)
        later(settings.lease_seconds / 2)
        assert not schedule.begin(FEED)

    def test_a_second_message_for_a_poll_that_was_settled_begins_nothing(
        self, schedule: Schedule, settings: Settings, later: Later
    ) -> None:
        schedule.due([FEED])
        later(settings.lease_seconds + 1)
        schedule.due([FEED])
        assert schedule.begin(FEED)
        schedule.settle(FEED, fetch())
        assert not schedule.begin(FEED)
        assert schedule.begin(FEED, asked=True)

    def test_a_poll_that_kills_its_worker_comes_back_ever_later(
        self, server: Server, schedule: Schedule, settings: Settings, later: Later
    ) -> None:
        waits = []
        schedule.due([FEED])
        for _ in range(5):
            assert schedule.begin(FEED)
            later(settings.lease_seconds + 1)
            waited = 0.0
            while not schedule.due([FEED]):
                later(settings.lease_seconds)
                waited += settings.lease_seconds
            waits.append(waited / settings.lease_seconds)
        assert waits == [0, 2, 4, 8, 16]
        assert schedule.begin(FEED)
        schedule.settle(FEED, fetch())
        assert not server.client.exists(settings.keys.begun, settings.keys.running, settings.keys.claims)

    def test_a_source_that_is_on_no_schedule_may_be_polled_all_the_same(self, schedule: Schedule) -> None:
        assert schedule.begin(FEED)
        schedule.settle(FEED, fetch())
        assert schedule.begin(FEED)


class TestLedger:
    def test_a_poll_is_kept_with_when_and_why_the_next_one_is(self, server: Server, schedule: Schedule) -> None:
        made = schedule.settle(FEED, fetch(PollOutcome.NEWS, entries=40, new=3))
        assert schedule.fetches(FEED) == [made]
        assert made.because == "first poll, 40 entries; the source sets 10 min"
        state = schedule.state(FEED)
        assert made.next == state.next.isoformat(timespec="seconds").replace("+00:00", "Z") if state.next else None
        assert state.because == made.because
        assert wait(schedule, server) > 0

    def test_the_last_are_kept_newest_first(self, schedule: Schedule) -> None:
        for number in range(KEPT + 5):
            schedule.settle(FEED, fetch(entries=number))
        kept = schedule.fetches(FEED)
        assert [one.entries for one in kept] == list(range(KEPT + 4, 4, -1))

    def test_a_poll_that_was_put_off_for_its_hosts_sake_is_none(self, server: Server, schedule: Schedule) -> None:
        schedule.settle(FEED, fetch(PollOutcome.NEWS, entries=10, new=1))
        before = schedule.state(FEED)
        schedule.settle(FEED, fetch(PollOutcome.HELD, reason="host-busy", retry_after=5))
        after = schedule.state(FEED)
        assert len(schedule.fetches(FEED)) == 1
        assert (after.last, after.result, after.failures) == (before.last, before.result, 0)
        assert wait(schedule, server) <= 10

    def test_what_another_version_wrote_is_passed_over(self, server: Server, schedule: Schedule) -> None:
        server.client.hset("news:source:feed", "pace", '{"unheard": 1}')
        server.client.lpush("news:fetches:feed", '{"unheard": 1}')
        made = schedule.settle(FEED, fetch())
        assert schedule.fetches(FEED) == [made]
        assert schedule.state(FEED).failures == 0

    def test_a_source_that_falls_silent_is_told_once(
        self, server: Server, schedule: Schedule, later: Later, caplog: pytest.LogCaptureFixture
    ) -> None:
        now = float(server.client.time()[0])
        regular = Pace(polled=now, last_news=now - 3.99 * DAY, news_polls=100, longest=HOUR, watched=DAY)
        server.client.hset("news:source:feed", mapping={"pace": regular.model_dump_json(), "last": int(now * 1000)})
        schedule.settle(FEED, fetch())
        assert not schedule.state(FEED).silent
        silent = regular.model_copy(update={"last_news": now - 4.01 * DAY})
        server.client.hset("news:source:feed", "pace", silent.model_dump_json())
        later(HOUR)
        schedule.settle(FEED, fetch())
        schedule.settle(FEED, fetch())
        (line,) = caplog.messages
        assert "source feed has become silent" in line
        assert schedule.state(FEED).silent

    def test_the_state_says_what_came_of_the_last_poll_and_why(self, schedule: Schedule) -> None:
        assert schedule.state(FEED).last is None
        schedule.settle(FEED, fetch(PollOutcome.SOFT, reason="not-a-feed", message="it is a page"))
        state = schedule.state(FEED)
        assert state.result == "not-a-feed: it is a page"
        assert state.last
        assert state.next
        assert (state.failures, state.score) == (1, 0.5)


class TestFailures:
    def test_each_failure_adds_to_the_wait_up_to_a_day_and_no_further(self, server: Server, schedule: Schedule) -> None:
        waits = []
        for _ in range(120):
            schedule.settle(FEED, fetch(PollOutcome.TEMPORARY, reason="timeout"))
            waits.append(wait(schedule, server))
        assert [round(each / HOUR * 4 / (1 + JITTER)) for each in waits[:3]] == [1, 2, 3]
        assert DAY <= waits[-1] + 1 <= DAY * (1 + JITTER) + 1

    def test_a_server_that_asks_for_more_time_is_given_it(self, server: Server, schedule: Schedule) -> None:
        schedule.settle(FEED, fetch(PollOutcome.HELD, status=429, retry_after=5000))
        assert 4998 <= wait(schedule, server) <= 5000 * (1 + JITTER)


class ScheduleMachine(RuleBasedStateMachine):
    """Whatever any number of schedulers and workers do in which order: a poll is given to one of them, once an interval."""

    sources = feeds(4)
    schedulers = st.integers(0, 2)

    def __init__(self, server: Server, settings: Settings, later: Later) -> None:
        super().__init__()
        server.client.flushall()
        self.keys, self.client, self.later = settings.keys, server.client, later
        self.lease, self.shortest = settings.lease_seconds, settings.poll_min_seconds * (1 - JITTER)
        self.all = [Schedule(server.client, settings) for _ in range(3)]
        self.now, self.listed = 0.0, tuple(self.sources)
        # Until when nobody else may be told of a source, begin to poll it, and when it may be due again at the earliest. The
        # server's clock runs on beside ours: by less than a second.
        self.claimed: dict[str, float] = {}
        self.running: dict[str, float] = {}
        self.polled: dict[str, float] = {}

    @rule(number=schedulers)
    def tick(self, number: int) -> None:
        for source in self.all[number].due(self.listed):
            assert max(self.claimed.get(source.name, 0), self.polled.get(source.name, 0)) <= self.now + 1
            self.claimed[source.name] = self.now + self.lease
        due, out = self.standing()
        assert due | out == set(names(list(self.listed)))

    @rule(number=schedulers, source=st.sampled_from(sources))
    def begin(self, number: int, source: SourceConfig) -> None:
        runs, due = self.running.get(source.name, 0), self.polled.get(source.name, 0)
        if self.all[number].begin(source):
            assert runs <= self.now + 1
            self.running[source.name] = self.now + self.lease
            if source.name in self.claimed:
                self.claimed[source.name] = self.now + self.lease
        else:
            assert max(runs, due) >= self.now - 1 or source.name not in self.standing()[1]

    @precondition(lambda self: self.running)
    @rule(number=schedulers, data=st.data(), new=st.integers(0, 40))
    def settle(self, number: int, data: st.DataObject, new: int) -> None:
        source = data.draw(st.sampled_from([source for source in self.sources if source.name in self.running]))
        outcome = PollOutcome.NEWS if new else PollOutcome.OLD
        self.all[number].settle(source, fetch(outcome, entries=40, new=new, status=200))
        del self.running[source.name]
        self.claimed.pop(source.name, None)
        self.polled[source.name] = self.now + self.shortest

    @rule(source=st.sampled_from(sources))
    def ask_for(self, source: SourceConfig) -> None:
        runs = self.running.get(source.name, 0)
        if self.all[0].begin(source, asked=True):
            assert runs <= self.now + 1
            self.running[source.name] = self.now + self.lease
            if source.name in self.standing()[1]:
                self.claimed[source.name] = self.now + self.lease
        else:
            assert runs >= self.now - 1

    @rule(seconds=st.floats(1, 4000))
    def wait(self, seconds: float) -> None:
        self.later(seconds)
        self.now += seconds

    @rule(wanted=st.sets(st.integers(0, 3)))
    def change_the_file(self, wanted: set[int]) -> None:
        self.listed = tuple(self.sources[number] for number in sorted(wanted))
        self.claimed = {name: until for name, until in self.claimed.items() if name in names(list(self.listed))}

    @invariant()
    def nothing_is_both_due_and_out(self) -> None:
        due, out = self.standing()
        assert not due & out

    def standing(self) -> tuple[set[str], set[str]]:
        due, out = (self.client.zrange(key, 0, -1) for key in (self.keys.schedule, self.keys.claims))
        return set(due), set(out)


def test_whatever_schedulers_do_in_which_order(server: Server, settings: Settings, later: Later) -> None:
    def machine() -> ScheduleMachine:
        return ScheduleMachine(server, settings, later)

    steps = hypothesis_settings(max_examples=40, stateful_step_count=30, deadline=None)
    run_state_machine_as_test(cast("type[ScheduleMachine]", machine), settings=steps)
