"""Polls beyond the truth table: what is saved when, dates of entries without one, secrets, and odd sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import Server
from truth.bodies import home, page
from truth.stage import DAY, FEED, HOUR, Answer, Answers, Stage, ok, redirect, rss, staged, status, unmodified

from worker.errors import Misconfigured, Rejected, Retryable
from worker.intake import Intake
from worker.ledger import Ledger
from worker.model import Article, PublishedFrom
from worker.polling import conditional, entries, unread
from worker.polling import poller as polling
from worker.polling.poller import outcome_of
from worker.schedule.fetches import FAILURES, PollOutcome
from worker.settings import Settings

FEEDS = Path(__file__).parent / "fixtures" / "feeds"


@pytest.fixture
def stage(server: Server, settings: Settings) -> Iterator[Stage]:
    with staged(server.client, settings) as stage:
        yield stage


def articles(stage: Stage) -> dict[str, Article]:
    """The articles in the ledger by guid."""
    keys = stage.settings.keys
    found = [stage.redis.hget(keys.document(name), "extract") for name in stage.redis.zrange(keys.ledger("extract"), 0, -1)]
    return {article.guid or "": article for article in map(Article.model_validate_json, found)}


class TestSaving:
    def test_a_poll_that_is_cut_off_after_its_entries_are_accepted_is_made_again_and_doubles_nothing(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def power_cut(*_: Any) -> Any:
            raise KeyboardInterrupt

        source = stage.source()
        with monkeypatch.context() as patch:
            patch.setattr(conditional, "read", power_cut)
            with pytest.raises(KeyboardInterrupt):
                stage.poll(source, ok(ETag='"e"'))
        assert len(articles(stage)) == 2
        fetch = stage.poll(source, ok(ETag='"e"'))
        assert (stage.asked, fetch.outcome, fetch.entries, fetch.new) == (["/feed"], PollOutcome.OLD, 2, 0)
        assert len(articles(stage)) == 2
        assert stage.state(source).etag == '"e"'

    def test_a_poll_whose_entries_could_not_be_accepted_is_made_again_and_loses_nothing(
        self, stage: Stage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: Any) -> Any:
            raise ConnectionError

        source = stage.source()
        with monkeypatch.context() as patch:
            patch.setattr(Intake, "documents", full)
            with pytest.raises(ConnectionError):
                stage.poll(source, ok(ETag='"e"'))
        assert stage.state(source).etag is None
        assert stage.poll(source, ok(ETag='"e"')).new == 2

    def test_the_state_is_forgotten_when_nobody_polls_any_more(self, stage: Stage) -> None:
        source = stage.source()
        stage.poll(source, ok())
        assert 0 < stage.redis.ttl(stage.settings.keys.feed("wire")) <= polling.STATE_SECONDS


class TestUnread:
    def test_only_the_beginning_is_kept_and_compressed(self, stage: Stage) -> None:
        stage.poll(stage.source(), Answer(200, {"Content-Type": "text/html"}, b"<html>" + b"no feed " * 100_000))
        kept = unread.load(stage.redis, stage.settings, "wire")
        assert kept is not None
        assert len(kept) == unread.MOST_BYTES
        assert stage.redis.strlen(stage.settings.keys.unread("wire")) < 10_000

    def test_what_must_not_be_stored_is_not(self, stage: Stage) -> None:
        stage.poll(stage.source(), page(**{"Cache-Control": "no-store"}))
        assert unread.load(stage.redis, stage.settings, "wire") is None

    def test_a_feed_that_its_reader_cannot_take_is_no_page(self, stage: Stage) -> None:
        fetch = stage.poll(stage.source(kind="jsonl"), Answer(200, {}, b"[1, 2"))
        assert fetch.outcome is PollOutcome.SOFT
        assert fetch.reason != "not-a-feed"
        assert unread.load(stage.redis, stage.settings, "wire") == b"[1, 2"


class TestKnownEntries:
    def forget(self, stage: Stage) -> None:
        """Let the ledger forget all that is done, as it does after its retention."""
        for key in stage.redis.keys("news:*"):
            if not key.startswith(("news:feed:", "news:source:", "news:fetches:")):
                stage.redis.delete(key)

    def test_an_entry_that_was_there_is_not_read_again(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        offered: list[str | None] = []
        take = Intake.documents

        def noting(intake: Intake, documents: Any) -> Any:
            items = list(documents)
            offered.extend(item.guid for item in items)
            return take(intake, items)

        monkeypatch.setattr(Intake, "documents", noting)
        stage.poll(stage.source(), ok())
        fetch = stage.poll(stage.source(), ok(rss("one", "two", "three")))
        assert offered == ["one", "two", "three"]
        assert (fetch.entries, fetch.new, fetch.message) == (3, 1, "3 entries: 2 known, 1 new")

    def test_an_entry_that_was_edited_is_a_revision(self, stage: Stage) -> None:
        stage.poll(stage.source(), ok())
        edited = FEED.replace(b"after a long debate in parliament", b"after a long debate in the senate on Tuesday")
        assert stage.poll(stage.source(), ok(edited)).new == 2

    def test_a_quiet_feed_doubles_nothing_when_it_speaks_again_after_months(self, stage: Stage) -> None:
        stage.poll(stage.source(), ok(ETag='"e"'))
        stage.now += 200 * DAY
        self.forget(stage)
        assert stage.poll(stage.source(), ok(rss("one", "two", "three"), ETag='"f"')).new == 1
        stage.now += 15 * DAY
        assert stage.poll(stage.source(), ok(rss("one", "two", "three", "four"))).new == 1

    def test_what_stays_in_a_feed_is_offered_again_while_the_ledger_remembers_it(self, stage: Stage) -> None:
        source = stage.source()
        stage.poll(source, ok(ETag='"e"'))
        for _ in range(3):
            stage.now += 11 * DAY
            fetch = stage.poll(source, ok(ETag='"e"'))
            assert (stage.asked, fetch.outcome, fetch.new) == (["/feed"], PollOutcome.OLD, 0)
            assert "known" not in fetch.message
        stage.poll(source, unmodified())
        assert stage.asked == ['/feed E="e" A-IM=feed']

    def test_a_poll_afresh_asks_without_conditions_and_offers_all(self, stage: Stage) -> None:
        source = stage.source()
        stage.poll(source, ok(ETag='"e"'))
        name = next(iter(stage.redis.zrange("news:ledger:extract", 0, -1)))
        ledger = Ledger(stage.redis, stage.settings)
        claim = ledger.claim("extract", name)
        assert claim
        ledger.finish(claim)
        assert ledger.replay(name)
        assert stage.poll(source, unmodified()).new == 0
        fetch = stage.poll(source, ok(ETag='"e"'), afresh=True)
        assert (stage.asked, fetch.entries, fetch.new) == (["/feed"], 2, 1)

    def test_a_poll_afresh_doubles_nothing_that_the_ledger_forgot(self, stage: Stage) -> None:
        stage.poll(stage.source(), ok())
        stage.now += 31 * DAY
        self.forget(stage)
        assert stage.poll(stage.source(), ok(), afresh=True).new == 0

    def test_a_change_of_what_the_operator_wants_reads_them_again(self, stage: Stage) -> None:
        stage.poll(stage.source(), ok())
        changed = stage.source(language="de")
        assert "known" not in stage.poll(changed, ok(FEED + b"<!-- -->")).message


class TestUndated:
    def polled(self, stage: Stage, *names: str, after: dt.timedelta = HOUR, answer: Answer | None = None) -> dict[str, Article]:
        stage.now += after
        stage.poll(stage.source(), answer or ok(rss(*names, dated=False)))
        return articles(stage)

    def test_an_entry_that_was_not_there_yesterday_has_the_day_of_the_fetch(self, stage: Stage) -> None:
        self.polled(stage, "one")
        found = self.polled(stage, "one", "two", after=dt.timedelta(hours=23))
        assert found["one"].published is None
        assert found["two"].published == stage.now.date().isoformat()
        assert found["two"].published_from is PublishedFrom.FETCH

    @pytest.mark.parametrize("after", [DAY, 30 * DAY])
    def test_after_a_longer_pause_nobody_knows_when_it_appeared(self, stage: Stage, after: dt.timedelta) -> None:
        self.polled(stage, "one")
        assert self.polled(stage, "one", "two", after=after)["two"].published is None

    def test_at_the_first_poll_nobody_knows(self, stage: Stage) -> None:
        assert {article.published for article in self.polled(stage, "one", "two").values()} == {None}

    def test_a_poll_that_failed_tells_nothing(self, stage: Stage) -> None:
        self.polled(stage, "one")
        self.polled(stage, answer=status(500), after=dt.timedelta(hours=20))
        assert self.polled(stage, "one", "two", after=dt.timedelta(hours=20))["two"].published is None

    def test_the_word_that_nothing_changed_tells_as_much_as_a_reading(self, stage: Stage) -> None:
        self.polled(stage, answer=ok(rss("one", dated=False), ETag='"e"'))
        self.polled(stage, answer=unmodified(), after=dt.timedelta(hours=20))
        assert self.polled(stage, "one", "two", after=dt.timedelta(hours=20))["two"].published

    def test_news_behind_a_304_that_was_not_believed_may_be_older(self, stage: Stage) -> None:
        self.polled(stage, answer=ok(rss("one", dated=False), ETag='"e"'))
        for _ in range(conditional.STALE_COUNT):
            self.polled(stage, answer=unmodified())
        assert self.polled(stage, "one", "two")["two"].published is None

    def test_the_end_of_a_text_that_was_cut_off_may_have_been_there(self, stage: Stage) -> None:
        self.polled(stage, "one")
        self.polled(stage, answer=ok(rss("one", dated=False, end="<item>")))
        assert self.polled(stage, "one", "two")["two"].published is None

    def test_a_date_of_its_own_is_never_replaced(self, stage: Stage) -> None:
        self.polled(stage, "one")
        found = self.polled(stage, answer=ok(rss("one", "two")))
        assert found["two"].published_from is PublishedFrom.FEED


class TestSecrets:
    def test_no_message_and_no_record_has_them(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("WIRE_AUTH", "me:hunter2")
        source = stage.source(auth="env:WIRE_AUTH", headers={"X-Key": "hunter2"}, cookies={"session": "hunter2"})
        for answer in (status(401), status(403), status(404), page(), ok()):
            fetch = stage.poll(source, answer)
            assert stage.secrets == ["/feed authorization", "/feed cookie", "/feed x-key"]
            assert "hunter2" not in fetch.model_dump_json()
        stored = [stage.redis.dump(key) for key in ("news:feed:wire", "news:source:wire", "news:fetches:wire")]
        assert not any(value and b"hunter2" in value.encode("latin-1", "ignore") for value in map(str, stored))

    def test_a_secret_that_is_not_where_it_should_be_is_for_somebody_to_mend(self, stage: Stage) -> None:
        fetch = stage.poll(stage.source(auth="env:NOWHERE"), ok())
        assert (fetch.outcome, stage.asked) == (PollOutcome.HARD, [])
        assert "NOWHERE" in fetch.message


class TestSources:
    def test_the_parts_of_an_index_are_taken_in(self, stage: Stage) -> None:
        index = (
            b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>{}</loc></sitemap></sitemapindex>'
        )
        body = index.replace(b"{}", f"{stage.sites['a'].url}/part.xml".encode())
        fetch = stage.poll(stage.source(kind="sitemap"), Answer(200, {"Content-Type": "text/xml"}, body))
        assert (fetch.outcome, fetch.entries) == (PollOutcome.NEWS, 1)

    def test_only_feeds_are_asked_for_deltas(self, stage: Stage) -> None:
        source = stage.source(kind="jsonl")
        stage.give(source, etag='"e"')
        stage.poll(source, unmodified())
        assert stage.asked == ['/feed E="e"']

    def test_a_host_that_is_to_be_left_alone_is_not_asked_and_nobody_is_blamed(self, stage: Stage) -> None:
        source = stage.source()
        stage.http.hold(f"127.0.0.1:{stage.sites['a'].port}", 60)
        fetch = stage.poll(source, ok())
        assert (fetch.outcome, fetch.reason, stage.asked) == (PollOutcome.HELD, "host-busy", [])
        assert stage.schedule().state(source).score == 0

    def test_a_move_is_told_and_the_operators_new_address_keeps_what_is_known(
        self, stage: Stage, caplog: pytest.LogCaptureFixture
    ) -> None:
        source, moved = stage.source(), {"/feed": redirect(301, "/new"), "/new": ok(ETag='"e"')}
        for _ in range(3):
            stage.now += DAY
            fetch = stage.poll(source, moved)
        assert fetch.message.endswith("/new from now on")
        (line,) = caplog.messages
        assert "change its url" in line
        stage.poll(stage.source(url="{a}/new"), {"/new": unmodified()})
        assert stage.asked == ['/new E="e" A-IM=feed']


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Rejected("", reason="http-410"), PollOutcome.GONE),
        (Rejected("", reason="certificate"), PollOutcome.HARD),
        (Rejected("", reason="robots"), PollOutcome.HARD),
        (Rejected("", reason="no-entries"), PollOutcome.SOFT),
        (Rejected("", reason="parser-limit"), PollOutcome.SOFT),
        (Retryable("", reason="timeout"), PollOutcome.TEMPORARY),
        (Misconfigured("", reason="secret"), PollOutcome.HARD),
    ],
)
def test_each_error_is_one_way_for_a_poll_to_end(error: Rejected, outcome: PollOutcome) -> None:
    assert outcome_of(error) is outcome
    assert outcome in FAILURES


class TestCut:
    @pytest.mark.parametrize("path", sorted(FEEDS.iterdir()), ids=lambda path: path.name)
    def test_a_whole_feed_is_whole_and_one_without_its_end_is_cut(self, path: Path) -> None:
        body = path.read_bytes()
        assert not entries.is_cut(body)
        if body.rstrip().endswith((b"</rss>", b"</feed>")):
            assert entries.is_cut(body.rstrip()[:-3])

    @pytest.mark.parametrize(
        ("body", "cut"),
        [
            (b"", False),
            (b"<rss/>", False),
            (b"<rss version='2.0' />\n", False),
            (b"<rss version='2.0'>", True),
            (b"<rss><channel><link/>", True),
            (b"<rss><channel></channel></rss><!-- served in 3 ms -->", False),
            (b"<rss></rss>" + b"<!-- -->" * 1000, False),
            (b"<rdf:RDF></rdf:RDF >", False),
            (b"<a:feed xmlns:a='x'></a:feed>", False),
            (b"<RSS></RSS>", False),
            (b"<feed></rss>", True),
            ("<rss>".encode("utf-16"), False),
            (b'{"version": ', False),
            (b"<html><body>", False),
        ],
    )
    def test_the_end_is_the_closing_tag_of_the_root(self, body: bytes, cut: bool) -> None:
        assert entries.is_cut(body) is cut

    @pytest.mark.parametrize(
        ("body", "cut"),
        [
            (b"<rss><channel><item><title>Minister fo", True),
            (b"<rss><item><title>x</title></item><item rdf:about='x'>", True),
            (b"<rss><item><title>x</title></item><ite", False),
            (b"<rss><item><title>x</title></item></channel>", False),
            (b"<feed><entry></entry ><link/>", False),
            (b"<feed><entry/>", False),
            (b"<rss><items>", False),
            (b'{"items": [{"content_html": "<item>', False),
            (b"", False),
        ],
    )
    def test_an_entry_is_cut_where_the_last_that_begins_has_no_end(self, body: bytes, cut: bool) -> None:
        assert entries.is_entry_cut(body) is cut

    def test_half_an_entry_is_not_taken_for_a_whole_one(self, stage: Stage) -> None:
        whole = rss("one", "two")
        source = stage.source()
        fetch = stage.poll(source, ok(whole[: whole.rindex(b"</item>") - 20]))
        assert (fetch.reason, fetch.entries, fetch.new) == ("truncated", 1, 1)
        assert (stage.poll(source, ok(whole)).new, stage.redis.xlen("news:dead")) == (1, 0)

    @given(body=st.binary(max_size=300) | st.binary(max_size=50).map(lambda tail: FEED + tail))
    def test_any_bytes_have_an_answer(self, body: bytes) -> None:
        assert entries.is_cut(body) in {True, False}
        assert entries.is_entry_cut(body) in {True, False}


class TestSearching:
    def lost(self, stage: Stage, answers: dict[str, Answers], **values: Any) -> str:
        """Where the feed is polled after three days of 404 with these answers besides."""
        source = stage.source(**values)
        for _ in range(3):
            stage.now += DAY
            stage.poll(source, {"/feed": status(404), **answers})
        return stage.state(source).url.removeprefix(stage.sites["a"].url)

    def test_the_feed_of_its_title_comes_before_others_of_its_site(self, stage: Stage) -> None:
        stage.poll(stage.source(), ok())
        links = "".join(f'<link rel="alternate" type="application/rss+xml" title="{t}" href="/{t}">' for t in ("Sport", "Wire"))
        site = Answer(200, {"Content-Type": "text/html"}, f"<html><head>{links}</head></html>".encode())
        assert self.lost(stage, {"/": site, "/Sport": ok(), "/Wire": ok()}) == "/Wire"

    def test_the_site_that_the_operator_names_is_searched(self, stage: Stage) -> None:
        assert self.lost(stage, {"/news/": home("/n.xml"), "/n.xml": ok()}, site="{a}/news/") == "/n.xml"

    def test_a_feed_without_an_entry_is_not_taken(self, stage: Stage) -> None:
        assert self.lost(stage, {"/": home("/n.xml"), "/n.xml": ok(rss())}) == "/feed"

    def test_a_host_with_its_usual_pauses_is_searched_too(self, stage: Stage) -> None:
        stage.configured(feed_apart_seconds=0.3, host_apart_seconds=5)
        assert self.lost(stage, {"/": home("/n.xml"), "/n.xml": ok()}) == "/n.xml"

    def test_what_a_page_names_that_is_no_address_harms_nobody(self, stage: Stage) -> None:
        places = (
            "http://[::1",
            "http://127.0.0.1:99999/x",
            "javascript:alert(1)",
            "http://10.0.0.1/feed",
            "//",
            "/" + "x" * 5000,
        )
        links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{place}">' for place in places)
        site = Answer(200, {"Content-Type": "text/html"}, f"<html><head>{links}</head></html>".encode())
        assert self.lost(stage, {"/": site, "/" + "x" * 5000: ok()}) == "/feed"

    def test_a_search_ends_when_its_time_is_up(self, stage: Stage) -> None:
        clock = iter([stage.now, *[stage.now + polling.SEARCH_TIME * 2] * 50])
        source = stage.source()
        stage.give(source, missing={"count": 2, "since": "2026-01-01T00:00:00Z"})
        poller = stage.poller
        poller._now = lambda: next(clock)
        fetch = stage.poll(source, {"/feed": status(404), "/": home("/n.xml"), "/n.xml": ok()})
        assert stage.asked == ["/feed"]
        assert "names no other" in fetch.message


def test_what_a_server_makes_long_is_kept_short(stage: Stage) -> None:
    place = "/" + "x" * 7000
    fetch = stage.poll(stage.source(), {"/feed": redirect(302, place), place: page()})
    assert len(fetch.model_dump_json()) < 3 * polling.MOST_CHARS


class TestQuota:
    """A source brings no more in a day than it may."""

    def test_what_is_more_than_a_source_may_bring_in_a_day_is_left_for_the_next(self, stage: Stage) -> None:
        stage = stage.configured(source_daily_max=3)
        source, many = stage.source(), ok(rss(*(f"e{number}" for number in range(5))), ETag='"e"')
        first, second = stage.poll(source, many), stage.poll(source, many)
        assert (first.new, first.reason, "source_daily_max" in first.message) == (3, "too-many", True)
        assert (second.new, second.outcome) == (0, PollOutcome.OLD)
        assert stage.state(source).etag is None  # so that the rest is asked for again
        stage.redis.delete(stage.settings.keys.taken(source.name))
        last = stage.poll(source, many)
        assert (last.new, last.reason) == (2, "")
        assert len(articles(stage)) == 5

    def test_a_feed_that_makes_up_articles_without_end_brings_as_many_as_it_may(self, stage: Stage) -> None:
        stage = stage.configured(source_daily_max=10)
        source = stage.source()
        for poll in range(5):
            stage.poll(source, ok(rss(*(f"e{poll}-{number}" for number in range(8)))))
        assert len(articles(stage)) == 10

    def test_the_count_of_a_day_expires(self, stage: Stage) -> None:
        source = stage.source()
        stage.poll(source, ok())
        assert 0 < stage.redis.ttl(stage.settings.keys.taken(source.name)) <= 86_400
