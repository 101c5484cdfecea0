from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import Server, record

from worker import sinks
from worker.errors import Misconfigured, Retryable
from worker.ledger import Ledger, Outcome
from worker.model import Article
from worker.record import Record
from worker.settings import Settings
from worker.sinks.jsonl import JsonLines
from worker.sinks.redis_streams import FULL, RedisStreams

Read = Callable[[], list[str]]


def records(article: str = "a") -> list[Record]:
    return [record(article, "articles", "0"), record(article, "events", "1"), record(article, "quotes", "2")]


def article(name: str = "a", revision: int = 1) -> Article:
    return Article(id=name, text="", revision=revision)


def entries(server: Server, stream: str = "news:events") -> list[str]:
    return [fields["id"] for _, fields in server.client.xrange(stream)]


@pytest.fixture
def ledger(server: Server, settings: Settings) -> Ledger:
    return Ledger(server.client, settings)


@pytest.fixture
def streams(server: Server, settings: Settings) -> RedisStreams:
    return RedisStreams(server.client, settings)


class TestContract:
    """What holds for every module in sinks/; a new one needs a line in `read` that says where its records are."""

    @pytest.fixture(params=sinks.names())
    def named(self, request: pytest.FixtureRequest, settings: Settings) -> Settings:
        return settings.model_copy(update={"sink": request.param})

    @pytest.fixture
    def read(self, named: Settings, server: Server) -> Read:
        def lines() -> list[str]:
            path = named.home / named.state_dir / "records.jsonl"
            return [json.loads(line)["id"] for line in path.read_text().splitlines()]

        def streams() -> list[str]:
            return [name for stream in ("articles", "events", "quotes") for name in entries(server, f"news:{stream}")]

        return {"jsonl": lines, "redis_streams": streams}[named.sink]

    @pytest.fixture(autouse=True)
    def accepted(self, ledger: Ledger) -> None:
        ledger.accept("extract", "a", "{}", "d1")

    def test_all_records_come_out(self, named: Settings, read: Read) -> None:
        assert sinks.load(named).publish(article(), records())
        assert sorted(read()) == ["a:0", "a:1", "a:2"]

    def test_publishing_twice_publishes_nothing_new(self, named: Settings, read: Read) -> None:
        sink = sinks.load(named)
        assert [sink.publish(article(), records()) for _ in range(2)] == [True, False]
        assert not sinks.load(named).publish(article(), records())
        assert len(read()) == 3

    def test_of_many_that_publish_at_once_one_does(self, named: Settings, read: Read) -> None:
        with ThreadPoolExecutor(8) as pool:
            done = list(pool.map(lambda _: sinks.load(named).publish(article(), records()), range(16)))
        assert done.count(True) == 1
        assert len(read()) == 3


class TestNames:
    def test_a_function_elsewhere_can_make_the_sink(self, settings: Settings) -> None:
        assert isinstance(sinks.load(settings.model_copy(update={"sink": "worker.sinks.jsonl:make"})), JsonLines)

    @pytest.mark.parametrize("name", ["carrier_pigeon", "no.such:module", "worker.sinks.jsonl:no_such"])
    def test_an_unknown_sink_is_named_with_those_that_are_known(self, settings: Settings, name: str) -> None:
        with pytest.raises(Misconfigured, match=r"jsonl, redis_streams"):
            sinks.load(settings.model_copy(update={"sink": name}))


class TestRedisStreams:
    def test_what_was_not_accepted_is_not_published(self, server: Server, streams: RedisStreams) -> None:
        assert not streams.publish(article(), records())
        assert server.client.keys("*") == []

    def test_an_old_revision_is_not_published_and_the_new_one_is(
        self, server: Server, ledger: Ledger, streams: RedisStreams
    ) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        ledger.accept("extract", "a", "{}", "d2")
        assert not streams.publish(article(revision=1), records())
        assert ledger.pending()["extract"] == 1
        assert streams.publish(article(revision=2), records())
        assert entries(server) == ["a:1"]

    def test_publishing_is_the_end_of_work(self, server: Server, ledger: Ledger, streams: RedisStreams) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        ledger.claim("extract", "a")
        streams.publish(article(), records())
        assert ledger.claim("extract", "a") is None
        assert sorted(server.client.keys("*")) == [
            *("news:articles", "news:counts", "news:events", "news:name:d1", "news:quotes", "news:seen:a")
        ]

    def test_an_entry_has_the_attributes_of_cloudevents(self, server: Server, ledger: Ledger, streams: RedisStreams) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        streams.publish(article(), records())
        ((_, fields),) = server.client.xrange("news:events")
        assert fields == record("a").fields()

    def test_a_thousand_records_of_one_article_come_out_in_their_order(
        self, server: Server, ledger: Ledger, streams: RedisStreams
    ) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        streams.publish(article(), [record("a", "events", str(number)) for number in range(1000)])
        assert entries(server) == [f"a:{number}" for number in range(1000)]

    def test_a_full_server_makes_the_article_wait_and_is_named(
        self, server: Server, ledger: Ledger, streams: RedisStreams
    ) -> None:
        ledger.accept("extract", "a", "{}", "d1")
        server.client.config_set("maxmemory", 1)
        with pytest.raises(Retryable, match="maxmemory") as caught:
            streams.publish(article(), records())
        assert caught.value.reason == FULL
        server.client.config_set("maxmemory", 0)
        assert entries(server) == []
        assert streams.publish(article(), records())


class TestTrimming:
    """Streams are bounded by number and by age, and no unread entry of a group is dropped."""

    @pytest.fixture
    def settings(self, server: Server, tmp_path: Path) -> Settings:
        return Settings(home=tmp_path, redis_url=server.url, stream_maxlen=100, retention_days=1)

    def publish(self, ledger: Ledger, streams: RedisStreams, name: str, size: int = 1) -> None:
        assert ledger.accept("extract", name, "{}", name).outcome is Outcome.NEW
        streams.publish(article(name), [record(name, "events", str(number)) for number in range(size)])

    def test_a_stream_keeps_its_length(self, server: Server, ledger: Ledger, streams: RedisStreams) -> None:
        for number in range(50):
            self.publish(ledger, streams, str(number), 20)
        assert 100 <= server.client.xlen("news:events") < 200 + 20
        assert entries(server)[-1] == "49:19"
        assert "trim_held" not in ledger.counts()

    def test_what_a_group_has_not_read_is_kept_and_counted(self, server: Server, ledger: Ledger, streams: RedisStreams) -> None:
        server.client.xgroup_create("news:events", "slow", "0", mkstream=True)
        for number in range(30):
            self.publish(ledger, streams, str(number), 20)
        assert server.client.xlen("news:events") == 600
        assert ledger.counts()["trim_held"] > 0

    def test_what_all_groups_have_read_is_dropped_and_no_more(
        self, server: Server, ledger: Ledger, streams: RedisStreams
    ) -> None:
        for group in ("fast", "slow"):
            server.client.xgroup_create("news:events", group, "0", mkstream=True)
        self.publish(ledger, streams, "a", 900)
        server.client.xreadgroup("fast", "me", {"news:events": ">"}, count=900)
        server.client.xreadgroup("slow", "me", {"news:events": ">"}, count=500)
        self.publish(ledger, streams, "b")
        assert 400 < int(entries(server)[0].removeprefix("a:")) <= 500
        ((_, unread),) = server.client.xreadgroup("slow", "me", {"news:events": ">"}, count=1)
        assert unread[0][1]["id"] == "a:500"

    def test_what_is_older_than_retention_is_dropped(self, server: Server, ledger: Ledger, streams: RedisStreams) -> None:
        self.fill_with_old(server)
        self.publish(ledger, streams, "new")
        assert entries(server) == ["old"] * 50 + ["new:0"]  # whole nodes of 100 go
        assert "trim_held" not in ledger.counts()

    @pytest.mark.parametrize(("read", "held"), [(0, 1), (149, 1), (150, 0)])
    def test_age_drops_nothing_that_is_unread(
        self, server: Server, ledger: Ledger, streams: RedisStreams, read: int, held: int
    ) -> None:
        self.fill_with_old(server)
        server.client.xgroup_create("news:events", "slow", "0")
        if read:
            server.client.xreadgroup("slow", "me", {"news:events": ">"}, count=read)
        self.publish(ledger, streams, "new")
        assert len(entries(server)) == (51 if read else 151)
        assert ledger.counts().get("trim_held", 0) == held

    def fill_with_old(self, server: Server) -> None:
        for number in range(1, 151):
            server.client.xadd("news:events", {"id": "old"}, id=f"{number}-0")


class TestJsonLines:
    def test_a_line_is_a_cloudevent_in_its_json_form(self, tmp_path: Path) -> None:
        sink = JsonLines(tmp_path / "records.jsonl")
        sink.publish(article(), [record("a")])
        whole = json.loads(sink.path.read_text())
        assert whole.pop("data") == {"article": {"id": "a"}}
        assert whole == {name: value for name, value in record("a").fields().items() if name != "body"}

    @pytest.mark.parametrize("cut", [1, 100, 400, 700])
    def test_an_append_that_was_cut_short_is_completed(self, tmp_path: Path, cut: int) -> None:
        path = tmp_path / "records.jsonl"
        JsonLines(path).publish(article(), records())
        path.write_bytes(path.read_bytes()[:-cut])
        assert JsonLines(path).publish(article(), records())
        assert [json.loads(line)["id"] for line in path.read_text().splitlines()] == ["a:0", "a:1", "a:2"]
