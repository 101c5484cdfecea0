from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import redis
from celery.exceptions import SoftTimeLimitExceeded
from support import Server
from web import Site

from worker.delivery import Delivery
from worker.errors import Misconfigured, NewsworkerError, Rejected, Retryable
from worker.extraction import Extractor
from worker.http import Access, Client
from worker.http.politeness import PoliteClient, host_of
from worker.intake import CHUNK_CHARS, Intake
from worker.keys import QUEUES, Stage
from worker.ledger import Ledger
from worker.model import Article, Coder, Document, Extraction
from worker.record import DeadBody
from worker.settings import Settings
from worker.sinks.jsonl import JsonLines
from worker.sinks.redis_streams import RedisStreams

CODER = Coder(name="test", version="1", pipeline="none", ontology="none")


class Reader:
    """An extractor that finds nothing, and raises what it was told to raise at an article."""

    def __init__(self) -> None:
        self.raises: dict[str, Exception] = {}
        self.seen: list[str] = []

    def extract_many(self, articles: Iterable[Article]) -> Iterator[Extraction]:
        for article in articles:
            self.seen.append(article.id)
            if error := self.raises.get(article.id):
                raise error
            nothing: dict[str, Any] = dict.fromkeys(
                ("sentences", "entities", "quotes", "events", "materiel", "relations", "dates", "places"), ()
            )
            yield Extraction(article=article, coder=CODER, **nothing)


class World:
    """Everything but Celery: what is sent to the workers stands in `sent` until somebody works it off."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self.server, self.settings = server, settings
        self.reader = Reader()
        self.sent: list[tuple[Stage, list[str]]] = []
        self.is_cut_off = False
        self.ledger = Ledger(server.client, settings)
        self.intake = Intake(self.ledger, settings, self.send)
        self.sink: Any = RedisStreams(server.client, settings)

    def send(self, stage: Stage, ids: Iterable[str]) -> None:
        self.sent.append((stage, list(ids)))

    @property
    def delivery(self) -> Delivery:
        reader = cast("Extractor", self.reader)
        return Delivery(self.settings, self.ledger, self.sink, self.send, lambda: reader, lambda: self.is_cut_off)

    def accept(self, *names: str) -> None:
        self.intake.articles([article(name) for name in names])

    def work_off(self, client: PoliteClient | None = None) -> None:
        while self.sent:
            stage, ids = self.sent.pop(0)
            if stage == "extract":
                self.delivery.extract(ids)
            else:
                assert client
                self.delivery.fetch(ids[0], client)

    def reconcile_later(self) -> None:
        """Let all leases run out, and have what is lost sent again."""
        for stage in QUEUES:
            name = self.settings.keys.ledger(stage)
            for entry in self.server.client.zrange(name, 0, -1):
                self.server.client.zadd(name, {entry: 1})
        self.delivery.reconcile()

    def published(self) -> list[str]:
        return sorted(fields["subject"] for _, fields in self.server.client.xrange("news:articles"))

    def dead(self) -> list[DeadBody]:
        return [DeadBody.model_validate_json(fields["body"]) for _, fields in self.server.client.xrange("news:dead")]


def article(name: str, text: str | None = None) -> Article:
    return Article(id=name, text=text or f"The text of {name}.", source="wire", url=f"https://news.example/{name}")


@pytest.fixture
def world(server: Server, settings: Settings) -> World:
    return World(server, settings)


class TestExtracting:
    def test_what_was_accepted_is_published_once(self, world: World) -> None:
        world.accept("a", "b", "c")
        assert world.sent == [("extract", ["a", "b", "c"])]
        world.sent *= 3
        world.work_off()
        assert world.published() == ["a", "b", "c"]
        assert world.ledger.pending() == {"fetch": 0, "extract": 0}

    def test_work_done_before_is_not_done_again(self, world: World) -> None:
        world.accept("a", "b")
        world.sent *= 2
        world.work_off()
        assert world.reader.seen == ["a", "b"]

    def test_another_sink_ends_work_too(self, world: World, tmp_path: Path) -> None:
        world.sink = JsonLines(tmp_path / "records.jsonl")
        world.accept("a", "b")
        world.work_off()
        assert world.ledger.pending()["extract"] == 0
        assert len((tmp_path / "records.jsonl").read_text().splitlines()) == 2

    def test_a_revision_is_published_as_one(self, world: World) -> None:
        world.accept("a")
        world.work_off()
        world.intake.articles([article("a", "Another text.")])
        world.work_off()
        types = [fields["type"] for _, fields in world.server.client.xrange("news:articles")]
        assert types == ["newsworker.article.extracted", "newsworker.article.revised"]

    def test_a_lost_message_loses_no_article(self, world: World) -> None:
        world.accept("a", "b")
        world.sent.clear()  # the process died between accepting and sending
        world.delivery.reconcile()
        assert world.sent == []
        world.reconcile_later()
        world.work_off()
        assert world.published() == ["a", "b"]


class TestPoison:
    def test_articles_begun_before_go_on_alone_and_nothing_is_counted_yet(self, world: World) -> None:
        world.accept("a", "b", "c")
        world.ledger.claim("extract", "b")
        ((_, ids),) = world.sent
        world.sent.clear()
        world.delivery.extract(ids)
        assert world.sent == [("extract", ["b"])]
        assert world.published() == ["a", "c"]
        claim = world.ledger.claim("extract", "b")
        assert claim
        assert claim.attempts == 2

    def test_an_article_that_kills_its_process_ends_in_the_dead_letters_and_its_neighbours_do_not(self, world: World) -> None:
        world.accept("a", "poison", "b")
        world.reader.raises["poison"] = cast("Exception", SystemExit())
        for _ in range(10):  # a killed task's message is handed out again
            if not world.sent:
                break
            with suppress(SystemExit):
                world.delivery.extract(world.sent[0][1])
                world.sent.pop(0)
        assert world.published() == ["a", "b"]
        (body,) = world.dead()
        assert (body.article, body.reason, body.attempts) == ("poison", "attempts", world.settings.attempts)
        assert "killed" in body.message
        assert world.ledger.pending()["extract"] == 0

    def test_a_bug_takes_no_neighbour_with_it_and_its_words_are_kept(self, world: World) -> None:
        world.accept("a", "odd", "b")
        world.reader.raises["odd"] = ZeroDivisionError("division by zero")
        for _ in range(world.settings.attempts):
            world.work_off()
            world.reconcile_later()
        assert world.published() == ["a", "b"]
        (body,) = world.dead()
        assert (body.article, body.stage, body.reason, body.attempts) == ("odd", "extract", "attempts", 3)
        assert "ZeroDivisionError: division by zero" in body.message
        assert (body.source, body.url) == ("wire", "https://news.example/odd")
        assert world.server.client.hget("news:doc:odd", "extract")

    def test_a_task_that_ran_out_of_time_is_tried_article_by_article(self, world: World) -> None:
        world.accept("a", "slow", "b")
        world.reader.raises["slow"] = SoftTimeLimitExceeded()
        ((_, ids),) = world.sent
        world.sent.clear()
        world.delivery.extract(ids)
        assert world.sent == [("extract", ["slow"]), ("extract", ["b"])]

    def test_an_extractor_that_cannot_be_loaded_costs_no_attempt(self, world: World) -> None:
        def broken() -> Extractor:
            message = "language pipeline 'x' cannot be loaded"
            raise Misconfigured(message, stage="extract", reason="pipeline")

        world.accept("a", "b")
        delivery = Delivery(world.settings, world.ledger, world.sink, world.send, broken)
        for _ in range(world.settings.attempts + 2):
            with pytest.raises(Misconfigured):
                delivery.extract(["a", "b"])
        assert world.ledger.pending()["extract"] == 2
        assert not world.ledger.tried("extract", ["a", "b"])
        world.work_off()
        assert world.ledger.pending()["extract"] == 0

    def test_a_document_that_cannot_be_read_is_given_up_with_the_reason(self, world: World) -> None:
        world.ledger.accept("extract", "a", "no JSON", "d1")
        for _ in range(world.settings.attempts):
            world.delivery.extract(["a"])
        (body,) = world.dead()
        assert "ValidationError" in body.message


class TestFailing:
    def test_what_is_rejected_is_dead_at_once_with_its_reason(self, world: World) -> None:
        world.accept("a")
        world.reader.raises["a"] = Rejected("it is a list of numbers", stage="extract", reason="no-prose")
        world.work_off()
        (body,) = world.dead()
        assert (body.reason, body.message, body.attempts) == ("no-prose", "it is a list of numbers", 1)
        assert world.ledger.counts()["rejected:no-prose"] == 1

    def test_what_may_work_later_is_put_off_longer_each_time_and_then_given_up(self, world: World) -> None:
        world.accept("a")
        world.reader.raises["a"] = Retryable("the model is busy", stage="extract", reason="busy")
        waits = []
        for _ in range(world.settings.attempts):
            world.work_off()
            waits += [wait(world)] if world.ledger.pending()["extract"] else []
            world.reconcile_later()
        assert waits == [pytest.approx(90, abs=2), pytest.approx(90 * 16, abs=2)]
        (body,) = world.dead()
        assert (body.reason, body.attempts) == ("attempts", 3)
        assert "the model is busy" in body.message

    def test_a_full_server_costs_no_attempt(self, world: World) -> None:
        world.accept("a", "b")
        full = Retryable("the Redis server is full", stage="publish", reason="maxmemory")
        world.reader.raises["a"] = full
        for _ in range(world.settings.attempts + 2):
            world.work_off()
            world.reconcile_later()
        world.reader.raises.clear()
        world.work_off()
        assert world.published() == ["a", "b"]
        assert world.dead() == []

    def test_a_server_that_is_gone_is_no_fault_of_the_article(self, world: World) -> None:
        world.accept("a")
        world.reader.raises["a"] = redis.ConnectionError("gone")
        with pytest.raises(redis.ConnectionError):
            world.work_off()
        world.reader.raises.clear()
        world.reconcile_later()
        world.work_off()
        assert world.published() == ["a"]


class TestTakingIn:
    def test_a_chunk_has_at_most_so_many_articles_and_so_much_text(self, world: World) -> None:
        world.accept(*(f"a{number}" for number in range(world.settings.chunk + 1)))
        assert [len(ids) for _, ids in world.sent] == [world.settings.chunk, 1]
        world.sent.clear()
        half = CHUNK_CHARS // 2 + 1
        texts = [str(number) * size for number, size in enumerate((half, half, 10, 3 * CHUNK_CHARS, 10))]
        world.intake.articles([article(f"b{size}", text) for size, text in enumerate(texts)])
        assert [ids for _, ids in world.sent] == [["b0"], ["b1", "b2"], ["b3"], ["b4"]]

    def test_counts_say_what_became_of_each(self, world: World) -> None:
        unfit = Rejected("x.txt: no text", stage="read", reason="empty", source="x.txt")
        offered: list[Article | NewsworkerError] = [
            article("a"),
            article("a"),
            article("b", "The text of a."),
            article("c"),
            unfit,
        ]
        assert world.intake.articles(offered) == {"new": 2, "pending": 1, "duplicate_of": 1, "rejected:empty": 1}
        assert [body.reason for body in world.dead()] == ["empty"]

    def test_what_is_unfit_is_a_dead_letter_once_however_often_it_is_offered(self, world: World) -> None:
        unfit = Rejected("x.txt: no text", stage="read", reason="empty", source="x.txt")
        for _ in range(3):
            world.intake.documents([unfit])
        assert len(world.dead()) == 1

    def test_a_summary_is_fetched_and_a_whole_text_is_not(self, world: World) -> None:
        summary = Document(content="In short.", complete=False, url="https://news.example/1")
        whole = Document(content="The whole text, in all its length.", id="w")
        without_address = Document(content="In short, and nowhere else to read.", complete=False, id="s")
        assert world.intake.documents([summary, whole, without_address]) == {"new": 3}
        assert sorted(stage for stage, _ in world.sent) == ["extract", "fetch"]


PAGE = (Path(__file__).parent / "fixtures" / "pages" / "article.html").read_bytes()
FEED = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Wire</title>
<item><title>One</title><link>SITE/page</link><description>In short.</description></item>
</channel></rss>"""


class TestFetching:
    @pytest.fixture
    def site(self) -> Iterator[Site]:
        with Site({"/page": (200, {"Content-Type": "text/html"}, PAGE), "/busy": (503, {"Retry-After": "7000"}, b"")}) as site:
            feed = FEED.replace(b"SITE", site.url.encode())
            site.answers["/feed"] = (200, {"Content-Type": "application/rss+xml"}, feed)
            yield site

    @pytest.fixture
    def client(self, settings: Settings, world: World) -> Iterator[PoliteClient]:
        ours = settings.model_copy(
            update={"allow_hosts": ("127.0.0.1",), "host_apart_seconds": 0.01, "feed_apart_seconds": 0.01}
        )
        with Client(ours) as client:
            yield PoliteClient(client, world.server.client, ours)

    def test_a_summary_is_completed_and_published_under_its_id(self, world: World, site: Site, client: PoliteClient) -> None:
        world.intake.documents([Document(content="In short.", complete=False, url=f"{site.url}/page", id="mine")])
        world.work_off(client)
        assert world.published() == ["mine"]
        assert world.ledger.pending() == {"fetch": 0, "extract": 0}

    def test_a_summary_stands_in_the_end_for_a_page_that_its_server_never_gave(
        self, world: World, site: Site, client: PoliteClient
    ) -> None:
        site.answers |= {"/down": (500, {}, b""), "/off": (500, {}, b"")}
        said = "France accused Russia of sabotage on Tuesday, officials said."
        world.intake.documents([Document(content=said, complete=False, url=f"{site.url}/down", id="mine")])
        world.intake.documents([Document(content="Read more", complete=False, url=f"{site.url}/off", id="none")])
        while any(world.ledger.pending().values()):
            world.work_off(client)
            world.reconcile_later()
        assert site.paths().count("/down") == world.settings.attempts
        assert world.published() == ["mine"]
        assert [(body.article, body.reason) for body in world.dead()] == [("none", "attempts")]

    @pytest.mark.parametrize("path", ["/page", "/feed"])
    def test_an_address_may_be_a_page_or_a_feed(self, world: World, site: Site, client: PoliteClient, path: str) -> None:
        world.intake.address(f"{site.url}{path}")
        world.work_off(client)
        assert len(world.published()) == 1
        assert world.ledger.pending() == {"fetch": 0, "extract": 0}

    def test_a_sitemap_index_is_followed_once_and_leads_to_its_articles(
        self, world: World, site: Site, client: PoliteClient
    ) -> None:
        part = f"<sitemap><loc>{site.url}/map</loc><lastmod>2026-11-23</lastmod></sitemap>"
        circle = f"<sitemap><loc>{site.url}/index</loc></sitemap>"
        xml = {"Content-Type": "text/xml"}
        site.answers["/index"] = (200, xml, f"<sitemapindex>{part}{circle}</sitemapindex>".encode())
        site.answers["/map"] = (200, xml, f"<urlset><url><loc>{site.url}/page</loc></url></urlset>".encode())
        world.intake.address(f"{site.url}/index")
        world.work_off(client)
        assert len(world.published()) == 1
        assert [body.reason for body in world.dead()] == ["sitemap-index"]
        world.intake.address(f"{site.url}/index")
        world.work_off(client)
        assert site.paths().count("/map") == 1
        assert world.ledger.pending() == {"fetch": 0, "extract": 0}

    def test_an_address_can_be_handed_in_again_and_publishes_nothing_new(
        self, world: World, site: Site, client: PoliteClient
    ) -> None:
        for _ in range(3):
            assert world.intake.address(f"{site.url}/page") == {"new": 1}
            world.work_off(client)
        assert len(world.published()) == 1

    def test_an_address_with_nothing_at_it_is_dead_with_the_reason(
        self, world: World, site: Site, client: PoliteClient
    ) -> None:
        world.intake.address(f"{site.url}/none")
        world.work_off(client)
        (body,) = world.dead()
        assert (body.article, body.reason) == (f"{site.url}/none", "http-404")

    def test_a_busy_site_is_given_the_time_it_asks_for(self, world: World, site: Site, client: PoliteClient) -> None:
        world.intake.address(f"{site.url}/busy")
        world.work_off(client)
        assert wait(world, "fetch") == pytest.approx(7000, abs=2)

    def test_a_page_whose_host_has_no_room_waits_without_an_attempt(
        self, world: World, site: Site, client: PoliteClient
    ) -> None:
        client.hold(host_of(site.url), 500)
        world.intake.documents([Document(content="In short.", complete=False, url=f"{site.url}/page", id="mine")])
        for _ in range(world.settings.attempts + 2):
            world.work_off(client)
            world.reconcile_later()
        assert 400 < wait_after(world, client) < 600
        assert world.dead() == []
        assert "/page" not in site.paths()
        world.server.client.delete(world.settings.keys.host(host_of(site.url)))
        world.reconcile_later()
        world.work_off(client)
        assert world.published() == ["mine"]

    def test_while_our_network_is_down_no_page_is_given_up(self, world: World, client: PoliteClient) -> None:
        world.is_cut_off = True
        world.intake.address("http://127.0.0.1:1/page")
        for _ in range(world.settings.attempts + 2):
            world.work_off(client)
            world.reconcile_later()
        assert world.dead() == []
        world.is_cut_off = False
        for _ in range(world.settings.attempts + 1):
            world.work_off(client)
            world.reconcile_later()
        assert len(world.dead()) == 1

    def test_the_next_page_of_a_busy_host_is_not_even_asked_for(self, world: World, site: Site, client: PoliteClient) -> None:
        for path in ("/busy", "/page"):
            world.intake.address(f"{site.url}{path}")
        world.work_off(client)
        assert site.paths() == ["/busy"]

    def test_pages_of_one_host_come_one_by_one_and_none_is_lost(self, world: World, site: Site, settings: Settings) -> None:
        ours = settings.model_copy(update={"allow_hosts": ("127.0.0.1",), "host_apart_seconds": 100})
        entries = [Document(content=f"{n}.", complete=False, url=f"{site.url}/page?{n}", id=f"a{n}") for n in range(5)]
        site.answers |= {
            f"/page?{n}": (200, {"Content-Type": "text/html"}, PAGE.replace(b"<p>", b"<p>%d " % n)) for n in range(5)
        }
        with Client(ours) as client:
            world.intake.documents(entries)
            world.work_off(PoliteClient(client, world.server.client, ours))
        assert sum(path.startswith("/page") for path in site.paths()) == 2
        assert world.ledger.pending()["fetch"] == 3
        store = world.server.client
        turns = sorted(end for _, end in store.zrange("news:ledger:fetch", 0, -1, withscores=True))
        assert [later - turn > 80_000 for turn, later in pairwise(turns)] == [True, True]

    def test_where_robots_txt_forbids_the_page_the_summary_stands_for_it(
        self, world: World, site: Site, client: PoliteClient
    ) -> None:
        site.answers["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /page")
        whole = "Sweden delivered two howitzers to Ukraine on Monday, the minister said."
        for name, text in (("long", whole), ("short", "Read on.")):
            world.intake.documents([Document(content=text, complete=False, url=f"{site.url}/page?{name}", id=name)])
        world.work_off(client)
        assert world.published() == ["long"]
        assert [(body.article, body.reason) for body in world.dead()] == [("short", "robots")]
        assert not any(path.startswith("/page") for path in site.paths())

    def test_what_the_owner_of_a_page_reserves_it_from_is_noted_with_the_article(
        self, world: World, site: Site, client: PoliteClient
    ) -> None:
        site.answers["/robots.txt"] = (200, {}, b"User-agent: GPTBot\nDisallow: /")
        site.answers["/page"] = (200, {"Content-Type": "text/html", "X-Robots-Tag": "noai"}, PAGE)
        world.intake.documents([Document(content="In short.", complete=False, url=f"{site.url}/page", id="mine")])
        world.work_off(client)
        ((_, fields),) = world.server.client.xrange("news:articles")
        article = json.loads(fields["body"])["article"]
        assert article["opt_outs"] == ["robots.txt:GPTBot", "x-robots-tag:noai"]

    def test_pages_are_asked_for_with_what_their_source_is_let_in_with(
        self, world: World, site: Site, client: PoliteClient
    ) -> None:
        world.intake.documents([Document(content="In short.", complete=False, url=f"{site.url}/page", id="mine")])
        world.delivery.fetch("mine", client, lambda _: Access(cookies={"id": "1"}))
        assert [asked.get("cookie") for path, asked in site.asked if path == "/page"] == ["id=1"]


def wait_after(world: World, client: PoliteClient) -> float:
    """How long the work that is left is put off for, once it was tried again."""
    world.work_off(client)
    return wait(world, "fetch")


def wait(world: World, stage: str = "extract") -> float:
    ((_, end),) = world.server.client.zrange(f"news:ledger:{stage}", 0, -1, withscores=True)
    seconds, micros = world.server.client.time()
    return float(end / 1000 - seconds - micros / 1e6)
