from __future__ import annotations

import pytest
from support import Server

from worker.schedule import Schedule
from worker.schedule.fetches import Fetch, PollOutcome
from worker.schedule.health import Network, Verdict
from worker.settings import Settings
from worker.sources import SourceConfig

HOSTS = Settings().network_hosts


def feed(name: str, host: str) -> SourceConfig:
    return SourceConfig(name=name, url=f"https://{host}/feed", interval=3600)


FEEDS = [feed(f"f{n}", f"h{n}.example") for n in range(2 * HOSTS)]


def lost(reason: str = "dns") -> Fetch:
    return Fetch(at="2099-01-01T00:00:00Z", outcome=PollOutcome.TEMPORARY, reason=reason, message="no answer")


def answered(status: int = 200, outcome: PollOutcome = PollOutcome.OLD) -> Fetch:
    return Fetch(at="2099-01-01T00:00:00Z", outcome=outcome, status=status)


@pytest.fixture
def schedule(server: Server, settings: Settings) -> Schedule:
    return Schedule(server.client, settings)


@pytest.fixture
def network(server: Server, settings: Settings) -> Network:
    return Network(server.client, settings)


def fail(schedule: Schedule, number: int = HOSTS, reason: str = "dns") -> list[Fetch]:
    return [schedule.settle(source, lost(reason)) for source in FEEDS[:number]]


class TestOpening:
    @pytest.mark.parametrize("reason", ["dns", "connect", "timeout"])
    def test_hosts_in_a_row_that_are_not_reached_are_our_own_outage(self, schedule: Schedule, reason: str) -> None:
        fail(schedule, HOSTS - 1, reason)
        assert schedule.outage() is None
        assert schedule.settle(FEEDS[-1], lost(reason)).outcome is PollOutcome.NETWORK
        assert schedule.outage()

    def test_most_hosts_are_enough(self, schedule: Schedule) -> None:
        for source in FEEDS[: HOSTS - 1]:
            schedule.settle(source, lost())
        schedule.settle(FEEDS[-1], answered())
        schedule.settle(FEEDS[-2], lost())
        assert schedule.outage()

    def test_fewer_than_most_hosts_are_none(self, schedule: Schedule) -> None:
        for number, source in enumerate(FEEDS):
            schedule.settle(source, answered() if number % 2 else lost())
        assert schedule.outage() is None

    def test_one_broken_host_with_many_feeds_is_its_own_affair(self, schedule: Schedule) -> None:
        fetches = [schedule.settle(feed(f"g{n}", "one.example"), lost()) for n in range(20)]
        assert {fetch.outcome for fetch in fetches} == {PollOutcome.TEMPORARY}
        assert schedule.outage() is None

    def test_a_single_feed_is_charged_itself(self, schedule: Schedule) -> None:
        for _ in range(20):
            schedule.settle(FEEDS[0], lost())
        assert schedule.outage() is None
        assert schedule.state(FEEDS[0]).failures == 20

    @pytest.mark.parametrize("status", [500, 404, 429])
    def test_a_server_that_answers_whatever_it_says_is_reached(self, schedule: Schedule, status: int) -> None:
        for source in FEEDS:
            schedule.settle(source, answered(status, PollOutcome.TEMPORARY))
        assert schedule.outage() is None

    def test_a_poll_that_was_never_sent_says_nothing(self, network: Network) -> None:
        for source in FEEDS:
            refused = Fetch(at="2099-01-01T00:00:00Z", outcome=PollOutcome.HARD, reason="private-address")
            assert network.note(source.name, source.url, refused).verdict is Verdict.UP


class TestOutage:
    def test_no_feed_is_charged_not_even_those_that_showed_it(self, schedule: Schedule) -> None:
        fail(schedule)
        for source in FEEDS[:HOSTS]:
            state = schedule.state(source)
            assert (state.failures, state.score) == (0, 0)
            assert [fetch.outcome for fetch in schedule.fetches(source)] == [PollOutcome.NETWORK]

    def test_what_failed_before_stays_charged(self, schedule: Schedule) -> None:
        schedule.settle(FEEDS[0], answered(404, PollOutcome.SOFT))
        fail(schedule)
        assert schedule.state(FEEDS[0]).score == 0.5

    def test_while_it_lasts_one_source_is_tried_now_and_then(
        self, server: Server, settings: Settings, schedule: Schedule
    ) -> None:
        sources = [source.model_copy(update={"interval": None}) for source in FEEDS]
        schedule.due(sources)
        fail(schedule)
        server.client.zadd(settings.keys.schedule, {source.name: 1 for source in sources})
        server.client.delete(settings.keys.claims)
        assert schedule.due(sources) == []
        server.client.hset(settings.keys.network, "probe", 1)
        assert len(schedule.due(sources)) == 1
        assert schedule.due(sources) == []

    def test_an_answer_ends_it(self, server: Server, settings: Settings, schedule: Schedule) -> None:
        schedule.due(FEEDS)
        fail(schedule)
        schedule.settle(FEEDS[-1], answered(404, PollOutcome.SOFT))
        assert schedule.outage() is None
        server.client.zadd(settings.keys.schedule, {source.name: 1 for source in FEEDS})
        assert len(schedule.due(FEEDS)) == len(FEEDS)

    def test_its_begin_and_end_are_told_once(self, schedule: Schedule, caplog: pytest.LogCaptureFixture) -> None:
        fail(schedule, HOSTS + 2)
        for _ in range(2):
            schedule.settle(FEEDS[-1], answered())
        assert [line.split(",")[0] for line in caplog.messages] == [
            "our own network seems to be down",
            "our own network is back",
        ]

    def test_it_is_known_to_all_workers(self, server: Server, settings: Settings, schedule: Schedule) -> None:
        fail(schedule)
        other = Schedule(server.client, settings)
        assert other.outage() == schedule.outage()
        assert other.settle(FEEDS[-1], lost("connect")).outcome is PollOutcome.NETWORK

    def test_what_it_leaves_in_redis_expires(self, server: Server, settings: Settings, schedule: Schedule) -> None:
        fail(schedule, HOSTS - 1)
        schedule.settle(FEEDS[-1], answered())
        keys = settings.keys
        for key in (keys.unreached, keys.reached, keys.suspects):
            assert 0 < server.client.pttl(key) <= Network(server.client, settings).memory * 1000
