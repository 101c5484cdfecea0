from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from support import Server

from worker.errors import Rejected, Retryable
from worker.http import Response
from worker.schedule import JITTER, LONGEST_SECONDS, Schedule
from worker.settings import Settings
from worker.sources import SourceConfig

FEED = SourceConfig(name="feed", url="https://news.example/feed", interval=60)
BUSY = Retryable("https://news.example/feed: no answer", stage="fetch", reason="timeout")


def answer(body: bytes = b"<rss/>", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(url=FEED.url, status=status, headers=headers or {}, body=body)


@pytest.fixture
def schedule(server: Server, settings: Settings) -> Schedule:
    return Schedule(server.client, settings)


def wait(schedule: Schedule, server: Server) -> float:
    """Seconds until the feed's next poll."""
    due = schedule.state(FEED).next
    assert due
    seconds, micros = server.client.time()
    return due.timestamp() - float(seconds) - float(micros) / 1e6


class TestDue:
    def test_a_source_is_due_at_once_and_then_after_its_interval(self, server: Server, schedule: Schedule) -> None:
        assert schedule.due([FEED]) == [FEED]
        assert schedule.due([FEED]) == []
        assert 60 * (1 - JITTER) - 2 <= wait(schedule, server) <= 60 * (1 + JITTER)
        server.client.hset("news:source:feed", "next", 1)
        assert schedule.due([FEED]) == [FEED]

    def test_a_source_without_an_interval_takes_the_general_one(self, server: Server, schedule: Schedule) -> None:
        schedule.due([FEED.model_copy(update={"interval": None})])
        assert 800 < wait(schedule, server) < 1000

    def test_a_disabled_source_is_never_due(self, schedule: Schedule) -> None:
        assert schedule.due([FEED.model_copy(update={"enabled": False})]) == []

    def test_of_many_schedulers_one_is_given_the_source(self, settings: Settings) -> None:
        def ask(_: int) -> int:
            client = redis.Redis.from_url(settings.redis_url, decode_responses=True)
            return len(Schedule(client, settings).due([FEED]))

        with ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(ask, range(24))) == 1


class TestValidators:
    @hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(tag=st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
    def test_they_go_back_as_they_came(self, schedule: Schedule, tag: str) -> None:
        schedule.succeeded(FEED, answer(headers={"etag": tag, "last-modified": "yesterday, more or less"}), "")
        assert schedule.conditions(FEED) == {"If-None-Match": tag, "If-Modified-Since": "yesterday, more or less"}

    def test_a_new_source_has_none(self, schedule: Schedule) -> None:
        assert schedule.conditions(FEED) == {}

    def test_they_hold_for_the_address_that_gave_them_only(self, schedule: Schedule) -> None:
        moved = FEED.model_copy(update={"url": "https://other.example/feed"})
        schedule.succeeded(FEED, answer(headers={"etag": "x"}), "")
        assert schedule.conditions(moved) == {}
        assert not schedule.is_unchanged(moved, answer())

    def test_an_answer_that_drops_them_forgets_them(self, schedule: Schedule) -> None:
        schedule.succeeded(FEED, answer(headers={"etag": "x"}), "")
        schedule.succeeded(FEED, answer(b"new"), "")
        assert schedule.conditions(FEED) == {}

    def test_not_modified_keeps_what_is_known(self, schedule: Schedule) -> None:
        schedule.succeeded(FEED, answer(headers={"etag": "x"}), "")
        unmodified = answer(b"", status=304)
        assert schedule.is_unchanged(FEED, unmodified)
        schedule.succeeded(FEED, unmodified, "not modified")
        assert schedule.conditions(FEED) == {"If-None-Match": "x"}
        assert schedule.is_unchanged(FEED, answer())

    def test_the_same_bytes_are_nothing_new(self, schedule: Schedule) -> None:
        assert not schedule.is_unchanged(FEED, answer())
        schedule.succeeded(FEED, answer(), "")
        assert schedule.is_unchanged(FEED, answer())
        assert not schedule.is_unchanged(FEED, answer(b"other"))


class TestFailures:
    def test_each_failure_doubles_the_wait_up_to_a_day_and_no_further(self, schedule: Schedule) -> None:
        waits = [schedule.failed(FEED, BUSY) for _ in range(60)]
        assert waits[:3] == [120, 240, 480]
        assert waits[-1] == LONGEST_SECONDS

    def test_a_source_that_answers_again_is_polled_as_before(self, schedule: Schedule) -> None:
        schedule.failed(FEED, BUSY)
        schedule.succeeded(FEED, answer(), "3 entries: 3 new")
        assert schedule.state(FEED).failures == 0
        assert schedule.failed(FEED, BUSY) == 120

    def test_a_server_that_asks_for_more_time_is_given_it(self, server: Server, schedule: Schedule) -> None:
        error = Retryable("busy", stage="fetch", reason="http-429")
        error.retry_after = 5000
        assert schedule.failed(FEED, error) == 5000
        assert wait(schedule, server) == pytest.approx(5000, abs=2)

    def test_a_source_that_is_polled_less_than_daily_keeps_its_interval(self, schedule: Schedule) -> None:
        weekly = FEED.model_copy(update={"interval": 7 * 86_400.0})
        assert schedule.failed(weekly, BUSY) == 7 * 86_400

    def test_the_state_says_what_came_of_the_last_poll_and_why(self, schedule: Schedule) -> None:
        assert schedule.state(FEED).last is None
        schedule.failed(FEED, Rejected("https://news.example/feed: not a feed", stage="read", reason="not-a-feed"))
        state = schedule.state(FEED)
        assert state.result == "not-a-feed: https://news.example/feed: not a feed"
        assert state.last
        assert state.next
        assert state.failures == 1
