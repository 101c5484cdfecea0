from __future__ import annotations

import datetime as dt
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support import Server
from web import Site

from worker import tasks
from worker.celery import broker_url, make_app, options
from worker.errors import BrokerUnreachable, Misconfigured
from worker.ledger import Ledger
from worker.model import Article, Document
from worker.schedule import Schedule
from worker.schedule.fetches import Fetch, PollOutcome
from worker.settings import Settings
from worker.sources import SourceConfig, load_sources

FEED = (Path(__file__).parent / "fixtures" / "feeds" / "full-and-summary.rss").read_bytes()


def articles(number: int) -> list[Article]:
    return [Article(id=f"a{n}", text=f"Text number {n}.") for n in range(number)]


class TestApp:
    def test_messages_of_a_dead_worker_come_back_and_of_a_live_one_do_not(self, settings: Settings) -> None:
        values = options(settings)
        transport = values["broker_transport_options"]
        assert transport["visibility_timeout"] > 2 * values["task_time_limit"]
        assert transport["unacked_restore_interval"] * transport["unacked_restore_throttle"] <= 5
        assert values["task_soft_time_limit"] < values["task_time_limit"] < settings.lease_seconds
        assert values["task_acks_late"]
        assert values["task_reject_on_worker_lost"]
        assert values["worker_prefetch_multiplier"] == 1

    def test_only_json_is_taken(self, settings: Settings) -> None:
        assert options(settings)["accept_content"] == ["json"]

    @pytest.mark.parametrize(
        ("given", "translated"),
        [
            ("redis://host:6379/3", "redis://host:6379/3"),
            ("redis://host?db=4", "redis://host/4"),
            ("unix:///run/a%20b/s", "redis+socket:///run/a%20b/s?virtual_host=0"),
            ("unix://me:p%40ss@/run/s?db=2", "redis+socket://me:p%40ss@/run/s?virtual_host=2"),
            ("rediss://:secret@host/0", "rediss://:secret@host/0?ssl_cert_reqs=required"),
            ("rediss://host/0?ssl_cert_reqs=none", "rediss://host/0?ssl_cert_reqs=none"),
        ],
    )
    def test_an_address_of_redis_py_is_put_in_kombus_words(self, given: str, translated: str) -> None:
        assert broker_url(given) == translated

    def test_celery_reaches_the_server_that_redis_py_reaches(self, server: Server, settings: Settings) -> None:
        with make_app(settings) as celery, celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=5)
            celery.send_task("worker.tasks.extract", (["a"],))
        assert server.client.llen("news:celery:extract") == 1

    def test_without_an_address_importing_works_and_use_says_what_to_set(self) -> None:
        command = [sys.executable, "-m", "celery", "-A", "worker", "inspect", "ping"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == Misconfigured.exit_code
        assert "NEWSWORKER_REDIS_URL" in done.stderr
        assert "newsworker run" in done.stderr
        assert "Traceback" not in done.stderr

    def test_every_task_has_its_queue(self, settings: Settings) -> None:
        celery = make_app(settings)
        names = ("extract", "fetch", "poll", "tick", "reconcile")
        queues = [celery.amqp.router.route({}, f"worker.tasks.{name}")["queue"].name for name in names]
        assert queues == ["extract", "fetch", "poll", "schedule", "schedule"]

    def test_ticks_that_nobody_took_do_not_pile_up(self, settings: Settings) -> None:
        entries = options(settings)["beat_schedule"]
        assert set(entries) == {"tick", "reconcile"}
        assert all(entry["options"]["expires"] <= settings.tick_seconds for entry in entries.values())


class TestEnqueueing:
    def test_articles_stand_in_the_ledger_and_their_ids_in_the_queue(self, server: Server, settings: Settings) -> None:
        assert tasks.enqueue_articles(settings, articles(10)) == {"new": 10}
        assert Ledger(server.client, settings).pending()["extract"] == 10
        assert server.client.llen("news:celery:extract") == 2
        assert "Text number" not in str(server.client.lrange("news:celery:extract", 0, -1))

    def test_the_same_again_sends_nothing(self, server: Server, settings: Settings) -> None:
        tasks.enqueue_articles(settings, articles(3))
        assert tasks.enqueue_articles(settings, articles(3)) == {"pending": 3}
        assert server.client.llen("news:celery:extract") == 1

    def test_summaries_and_addresses_go_to_be_fetched(self, server: Server, settings: Settings) -> None:
        summary = Document(content="In short.", complete=False, url="https://news.example/1")
        assert tasks.enqueue_documents(settings, [summary]) == {"new": 1}
        assert tasks.enqueue_address(settings, "https://news.example/2") == {"new": 1}
        assert server.client.llen("news:celery:fetch") == 2

    @pytest.mark.parametrize("url", ["unix:///nowhere/s", "redis://me:secret@127.0.0.1:1/0"])
    def test_a_server_that_does_not_answer_is_named_with_what_to_do(self, settings: Settings, url: str) -> None:
        elsewhere = settings.model_copy(update={"redis_url": url})
        with pytest.raises(BrokerUnreachable, match="newsworker run") as caught:
            tasks.enqueue_articles(elsewhere, articles(1))
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("url", ["", "http://host/", "nonsense"])
    def test_an_address_that_is_none_is_misconfigured(self, settings: Settings, url: str) -> None:
        with pytest.raises(Misconfigured, match="NEWSWORKER_REDIS_URL"):
            tasks.enqueue_articles(settings.model_copy(update={"redis_url": url}), articles(1))


class TestReconciling:
    def test_work_that_was_put_off_comes_back_without_a_warning(
        self, server: Server, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        tasks.enqueue_articles(settings, articles(1))
        server.client.delete("news:celery:extract")
        server.client.zadd(settings.keys.ledger("extract"), {"a0": 1})
        process = tasks.Process(settings, make_app(settings))
        monkeypatch.setattr(tasks, "_process", lambda: process)
        with caplog.at_level(logging.INFO, "worker"):
            tasks.reconcile()
        assert server.client.llen("news:celery:extract") == 1
        assert [(record.levelname, record.message) for record in caplog.records] == [
            ("INFO", "stage extract: sent again, as its wait or its lease is over: 1")
        ]


class TestPolling:
    @pytest.fixture
    def site(self) -> Iterator[Site]:
        with Site({"/feed": (200, {"Content-Type": "application/rss+xml", "ETag": '"1"'}, FEED)}) as site:
            yield site

    @pytest.fixture
    def polled(self, settings: Settings, site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Settings]:
        feeds = tmp_path / "feeds.toml"
        feeds.write_text(f'[[source]]\nname = "wire"\nurl = "{site.url}/feed"\n', encoding="utf8")
        values = {"feeds": feeds, "allow_hosts": ("127.0.0.1",)}
        process = tasks.Process(settings.model_copy(update=values), make_app(settings))
        monkeypatch.setattr(tasks, "_process", lambda: process)
        yield process.settings
        process.client.close()

    def test_polling_twice_takes_in_nothing_new(self, server: Server, polled: Settings, site: Site) -> None:
        tasks.poll("wire")
        before = Ledger(server.client, polled).pending()
        assert sum(before.values()) > 0
        site.answers["/feed"] = (200, {"Content-Type": "application/rss+xml"}, FEED + b"\n<!-- touched -->")
        tasks.poll("wire")
        assert Ledger(server.client, polled).pending() == before
        assert "new" not in state(server, polled).result

    def test_what_the_feed_gave_to_know_it_by_is_given_back(self, server: Server, polled: Settings, site: Site) -> None:
        tasks.poll("wire")
        tasks.poll("wire")
        assert [headers.get("if-none-match") for _, headers in site.asked] == [None, '"1"']
        assert state(server, polled).result == "the same bytes as last time"

    def test_a_feed_that_cannot_be_read_is_one_line_and_is_tried_again(
        self, server: Server, polled: Settings, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        site.answers["/feed"] = (404, {}, b"")
        with caplog.at_level(logging.INFO, "worker"):
            tasks.poll("wire")
        (line,) = caplog.messages
        assert "source wire cannot be read" in line
        assert "404" in line
        assert "next try at" in line
        assert state(server, polled).failures == 1

    def test_a_failure_that_goes_on_is_a_warning_once_and_one_of_another_kind_is_again(
        self, server: Server, polled: Settings, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, "worker"):
            for status in (404, 404, 410, 410):
                site.answers["/feed"] = (status, {}, b"")
                tasks.poll("wire")
                server.client.delete(polled.keys.schedule)
        assert [record.levelname for record in caplog.records] == ["WARNING", "INFO", "WARNING", "INFO"]

    @pytest.mark.usefixtures("polled")
    @pytest.mark.parametrize(("outcome", "level"), [(PollOutcome.NETWORK, "INFO"), (PollOutcome.TEMPORARY, "WARNING")])
    def test_an_outage_of_our_own_network_is_no_warning_of_each_source(
        self, site: Site, caplog: pytest.LogCaptureFixture, outcome: PollOutcome, level: str
    ) -> None:
        source = SourceConfig(name="wire", url=f"{site.url}/feed")
        with caplog.at_level(logging.INFO, "worker"):
            tasks._tell(source, Fetch(at="2026-11-24T05:00:00Z", outcome=outcome, reason="dns"))
        assert [record.levelname for record in caplog.records] == [level]

    def test_a_source_that_waits_for_its_turn_is_no_warning_and_one_that_is_kept_away_is(
        self, server: Server, polled: Settings, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        host = polled.keys.host(site.url.removeprefix("http://"))
        for seconds in (20, 2000):
            server.client.hset(host, "hold", int((time.time() + seconds) * 1000))
            with caplog.at_level(logging.INFO, "worker"):
                tasks.poll("wire")
            server.client.delete(polled.keys.schedule)  # whatever it waits for, it is polled again now
        assert [record.levelname for record in caplog.records] == ["INFO", "WARNING"]
        assert "waits for its turn" in caplog.messages[0]
        assert site.asked == []

    def test_a_page_where_a_feed_should_be_is_a_failure_of_the_source(
        self, server: Server, polled: Settings, site: Site
    ) -> None:
        site.answers["/feed"] = (200, {"Content-Type": "text/html"}, b"<html><p>Please log in.</p></html>")
        tasks.poll("wire")
        assert state(server, polled).failures == 1
        assert sum(Ledger(server.client, polled).pending().values()) == 0

    def test_a_poll_that_runs_already_is_not_made_twice(self, server: Server, polled: Settings, site: Site) -> None:
        (source,) = load_sources(polled.feeds)
        assert Schedule(server.client, polled).begin(source)
        tasks.poll("wire")
        assert site.asked == []

    @pytest.mark.usefixtures("polled")
    def test_a_tick_sends_each_due_source_once(self, server: Server) -> None:
        for _ in range(3):
            tasks.tick()
        message = json.loads(server.client.lindex("news:celery:poll", 0))
        left = dt.datetime.fromisoformat(message["headers"]["expires"]) - dt.datetime.now(dt.UTC)
        assert 0 < left.total_seconds() <= Settings().lease_seconds
        assert server.client.llen("news:celery:poll") == 1

    def test_a_sources_file_with_a_mistake_is_one_line_and_all_goes_on_when_it_is_mended(
        self, server: Server, polled: Settings, site: Site, caplog: pytest.LogCaptureFixture
    ) -> None:
        tasks.tick()
        claimed, good = server.client.zrange(polled.keys.claims, 0, -1), polled.feeds.read_bytes()
        polled.feeds.write_text("[[source]]\nname = 1\n", encoding="utf8")
        for _ in range(3):
            tasks.tick()
            tasks.poll("wire")
        (line,) = caplog.messages
        assert "no source is polled" in line
        assert "feeds.toml" in line
        assert (server.client.zrange(polled.keys.claims, 0, -1), site.asked) == (claimed, [])
        polled.feeds.write_bytes(good)
        tasks.poll("wire")
        assert site.paths() == ["/feed"]

    def test_while_the_sources_file_has_a_mistake_no_page_is_asked_for_without_its_log_in(
        self, server: Server, polled: Settings, site: Site
    ) -> None:
        tasks.poll("wire")
        polled.feeds.write_text("[[source]]\nname = 1\n", encoding="utf8")
        ledger, asked = Ledger(server.client, polled), site.paths()
        before = ledger.pending()
        for name in server.client.zrange(polled.keys.ledger("fetch"), 0, -1):
            tasks.fetch(name)
        assert (ledger.pending(), site.paths(), server.client.hlen(polled.keys.attempts)) == (before, asked, 0)
        assert before["fetch"] > 0


def state(server: Server, settings: Settings) -> Any:
    (source,) = load_sources(settings.feeds)
    return Schedule(server.client, settings).state(source)
