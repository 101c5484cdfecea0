from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import Rejected
from worker.model import ContentType, Document, PublishedFrom
from worker.sources import Payload, read_payload
from worker.sources.feed import SUMMARY_CHARS

FEEDS = Path(__file__).parent / "fixtures" / "feeds"
URL = "https://lagoon.example/feed"


def documents(name: str, **values: str | None) -> list[Document]:
    payload = Payload(body=(FEEDS / name).read_bytes(), name=name, **values)
    items = list(read_payload(payload, "feed"))
    assert all(isinstance(item, Document) for item in items), items
    return [item for item in items if isinstance(item, Document)]


def rss(item: str, head: str = "") -> Payload:
    body = f'<rss version="2.0"><channel><title>T</title>{head}<item>{item}</item></channel></rss>'
    return Payload(body=body.encode(), name="made", url=URL)


def only(payload: Payload) -> Document:
    (item,) = read_payload(payload, "feed")
    assert isinstance(item, Document)
    return item


def rejection(payload: Payload) -> Rejected:
    (item,) = read_payload(payload, "feed")
    assert isinstance(item, Rejected)
    return item


def test_full_entry_carries_all_that_the_feed_says() -> None:
    full = documents("full-and-summary.rss", url=URL)[0]
    assert full == Document(
        content="<p>SUVA - Envoys of both islands met ministers on Friday.</p><p>They spoke for two hours.</p>",
        content_type=ContentType.HTML,
        complete=True,
        guid="lw-1",
        url="https://lagoon.example/2026/11/20/envoys?utm_source=rss",
        title="Envoys & ministers meet in Suva",
        authors=("Mele Tonga",),
        published="2026-11-20T09:15:00+02:00",
        published_from=PublishedFrom.FEED,
        source="Lagoon Wire & Post",
        language="en-GB",
    )


def test_short_summary_with_a_page_is_incomplete() -> None:
    _, summary, alone = documents("full-and-summary.rss", url=URL)
    assert not summary.complete
    assert summary.content_type is ContentType.TEXT
    assert alone.url is None
    assert alone.complete


def test_date_that_is_none_stays_unknown() -> None:
    alone = documents("full-and-summary.rss")[2]
    assert (alone.published, alone.published_from) == (None, None)


def test_long_summary_is_as_good_as_the_page() -> None:
    long = f"<link>https://x.example/1</link><description>{'word ' * (SUMMARY_CHARS // 5)}</description>"
    short = "<link>https://x.example/1</link><description>&lt;p class='" + "x" * 600 + "'&gt;few&lt;/p&gt;</description>"
    assert only(rss(long + "<guid>1</guid>")).complete is False  # the blank at its end is not counted
    assert only(rss(long.replace("word w", "words w", 1) + "<guid>1</guid>")).complete
    assert only(rss(short)).complete is False


def test_atom_entries_have_base_authors_and_both_dates() -> None:
    treaty, plain = documents("entries.atom", url="https://elsewhere.example/")
    assert treaty.url == "https://atoll.example/news/treaty"
    assert treaty.authors == ("Ana Vave", "Tom Leota")
    assert (treaty.published, treaty.updated) == ("2026-11-20T08:57:00+12:00", "2026-11-20T09:30:00+12:00")
    assert (treaty.title, treaty.language) == ("Treaty signed", "en")
    assert (plain.content, plain.content_type) == ("Prices rose; 3 < 4, said the bank.", ContentType.TEXT)
    assert plain.published == plain.updated == "2026-11-19T00:00:00Z"


def test_rdf_items_are_read() -> None:
    (item,) = documents("items.rdf")
    assert (item.url, item.title, item.published) == ("https://reef.example/1", "One", "2026-11-18T07:00:00Z")


def test_charset_of_the_prolog_and_month_of_the_language_are_understood() -> None:
    (item,) = documents("windows-1251.rss")
    assert (item.title, item.published, item.language) == ("Паром", "2026-11-23", "ru")


def test_link_that_entries_share_is_no_articles_address() -> None:
    first, second, third = documents("front-page-links.rss")
    assert first.url is second.url is None
    assert first.complete
    assert third.url == "https://ticker.example/3"


def test_operator_outranks_feed() -> None:
    item = documents("full-and-summary.rss", source="lagoon", language="fj")[0]
    assert (item.source, item.language) == ("lagoon", "fj")


def test_feed_without_entries_is_a_feed() -> None:
    assert documents("empty.rss") == []


def test_truncated_feed_gives_what_came() -> None:
    items = documents("truncated.rss", url=URL)
    assert [item.guid for item in items][:1] == ["lw-1"]


def test_json_feed_is_read_under_the_same_kind() -> None:
    items = list(read_payload(Payload(body=(FEEDS / "version-1.1.json").read_bytes(), name="j"), "feed"))
    assert len(items) == 4


def test_feed_in_a_page_of_another_type_is_still_a_feed() -> None:
    body = (FEEDS / "entries.atom").read_bytes()
    for content_type in ("text/html", "text/plain; charset=utf-8", "image/png", "text/xml; charset=us-ascii", "nonsense"):
        assert len(list(read_payload(Payload(body=body, name="x", content_type=content_type), "feed"))) == 2


@pytest.mark.parametrize(
    "body",
    [
        (FEEDS / "no-feed.xml").read_bytes(),
        b"<!DOCTYPE html><html><body>Please log in</body></html>",
        b"/etc/passwd",
        b"http://127.0.0.1:9/feed",
        b"file:///etc/passwd",
        b"\x1f\x8b\x08 not really gzip",
        b"just words",
        b"[1, 2]",
    ],
)
def test_what_is_no_feed_is_one_rejection(body: bytes) -> None:
    error = rejection(Payload(body=body, name="https://x.example/feed", source="x"))
    assert (error.stage, error.reason, error.source) == ("read", "not-a-feed", "x")
    assert "root:" not in error.message


def test_entity_naming_a_file_stays_empty() -> None:
    (item,) = documents("external-entity.rss")
    assert "root:" not in item.model_dump_json()


def test_billion_laughs_stay_small() -> None:
    payload = Payload(body=(FEEDS / "billion-laughs.rss").read_bytes(), name="laughs")
    start = time.monotonic()
    items = list(read_payload(payload, "feed"))
    assert time.monotonic() - start < 20  # 2 s on an idle machine; for ever without a limit
    assert all(isinstance(item, Rejected) or len(item.content) < 1_000_000 for item in items)


@pytest.mark.parametrize("tag", ["item", "x", "description"])
def test_deep_nesting_is_survived(tag: str) -> None:
    body = f'<rss version="2.0"><channel>{f"<{tag}>" * 20_000}deep{f"</{tag}>" * 20_000}</channel></rss>'
    for item in read_payload(Payload(body=body.encode(), name="deep"), "feed"):
        assert isinstance(item, Document | Rejected)


def test_date_far_ahead_is_dropped() -> None:
    ahead = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    assert only(rss(f"<description>x</description><pubDate>{ahead:%d %b %Y} 10:00:00 GMT</pubDate>")).published is None


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "mailto:a@b.example", "http://[::1", "http://"])
def test_link_that_leads_to_no_page_is_none(link: str) -> None:
    assert only(rss(f"<link>{link}</link><description>x</description>")).url is None


def test_text_with_signs_of_markup_is_kept_apart_from_markup() -> None:
    assert only(rss("<description>3 &lt; 4 &amp; 5 &gt; 4</description>")).content_type is ContentType.TEXT
    assert only(rss("<description>caf&amp;eacute;</description>")).content_type is ContentType.HTML


@given(st.text(max_size=200), st.text(max_size=30), st.text(max_size=30))
def test_any_text_in_an_entry_is_survived(text: str, link: str, date: str) -> None:
    payload = rss(f"<description>{text}</description><link>{link}</link><pubDate>{date}</pubDate>")
    for item in read_payload(Payload(body=payload.body, name="any"), "feed"):
        assert isinstance(item, Document | Rejected)


def test_one_entry_with_a_day_past_the_twelfth_tells_the_order_of_the_feeds_dates() -> None:
    def feed(*dates: str) -> bytes:
        items = "".join(
            f"<item><title>t</title><link>https://a.example/{n}</link><pubDate>{d}</pubDate></item>"
            for n, d in enumerate(dates)
        )
        return f"<rss version='2.0'><channel><title>A</title>{items}</channel></rss>".encode()

    def days(*dates: str) -> list[str | None]:
        return [item.published for item in read_payload(Payload(body=feed(*dates), name="f.xml")) if isinstance(item, Document)]

    assert days("05/06/2025 10:00", "23/06/2025") == ["2025-06-05", "2025-06-23"]
    assert days("05/06/2025 10:00", "06/23/2025") == ["2025-05-06", "2025-06-23"]
    assert days("05/06/2025 10:00", "06/06/2025") == [None, "2025-06-06"]
