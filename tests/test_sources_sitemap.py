from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import Rejected, Retryable
from worker.model import Document, PublishedFrom
from worker.sources import Link, Payload, following, links, read_payload, sitemap, sniff
from worker.sources._packed import unpacked

FEEDS = Path(__file__).parent / "fixtures" / "feeds"


def load(name: str) -> Payload:
    return Payload(
        body=(FEEDS / name).read_bytes(), name=f"https://lagoon.example/{name}", url=f"https://lagoon.example/{name}"
    )


def documents(payload: Payload) -> list[Document]:
    return [item for item in read_payload(payload) if isinstance(item, Document)]


def rejections(payload: Payload) -> list[str]:
    return [item.reason for item in read_payload(payload) if isinstance(item, Rejected)]


def urlset(*urls: str) -> bytes:
    return ("<urlset>" + "".join(f"<url><loc>{url}</loc></url>" for url in urls) + "</urlset>").encode()


def test_news_sitemap_gives_what_it_says_of_each_article_newest_first() -> None:
    first, second, third = documents(load("news-sitemap.xml"))
    assert second == Document(
        content="",
        complete=False,
        url="https://lagoon.example/ferry",
        title="Ferry talks resume & envoys are named",
        published="2026-11-23T08:10:00+12:00",
        published_from=PublishedFrom.FEED,
        updated="2026-11-23T10:00:00+12:00",
        source="Lagoon Herald",
        language="en",
    )
    assert (first.url, first.published) == ("https://lagoon.example/reef", "2026-11-24")
    assert (third.url, third.title, third.published) == ("https://lagoon.example/about", None, None)


def test_entry_without_an_address_is_refused_in_words() -> None:
    assert rejections(load("news-sitemap.xml")) == ["no-address"]


def test_date_of_the_last_change_is_no_date_of_publication() -> None:
    body = b"<urlset><url><loc>https://a.example/x</loc><lastmod>2026-11-01</lastmod></url></urlset>"
    (document,) = documents(Payload(body=body, name="x.xml"))
    assert (document.published, document.published_from, document.updated) == (None, None, "2026-11-01")


def test_what_the_operator_says_outranks_the_sitemap() -> None:
    payload = Payload(body=(FEEDS / "news-sitemap.xml").read_bytes(), name="x", source="lagoon", language="mi")
    assert {(document.source, document.language) for document in documents(payload)} == {("lagoon", "mi")}


def test_cut_sitemap_gives_what_came_and_says_that_it_is_cut() -> None:
    body = (FEEDS / "news-sitemap.xml").read_bytes()
    payload = Payload(body=body[: body.index(b"<loc>https://lagoon.example/reef")], name="x.xml")
    assert [document.url for document in documents(payload)] == ["https://lagoon.example/ferry"]
    assert rejections(payload) == ["not-xml"]


def test_sitemap_of_text_is_a_list_of_addresses() -> None:
    payload = Payload(body=b"\xef\xbb\xbfhttps://a.example/1\r\nhttps://a.example/2\nhttps://a.example/1\n", name="list.txt")
    assert sniff(payload) == "sitemap"
    assert [document.url for document in documents(payload)] == ["https://a.example/1", "https://a.example/2"]


def test_text_with_an_address_in_it_is_no_sitemap() -> None:
    assert sniff(Payload(body=b"https://a.example/1\nis where it stands", name="a.txt")) == "text"


def test_packed_sitemap_is_unpacked() -> None:
    body = gzip.compress((FEEDS / "news-sitemap.xml").read_bytes())
    payload = Payload(body=body, name="https://x.example/s.xml.gz", content_type="application/x-gzip")
    assert len(documents(payload)) == 3


def test_more_addresses_than_the_protocol_allows_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MAX_ENTRIES", 2)
    payload = Payload(body=urlset(*(f"https://a.example/{n}" for n in range(5))), name="x.xml")
    assert (len(documents(payload)), rejections(payload)) == (2, ["too-long"])


def test_sitemap_without_addresses_is_refused() -> None:
    assert rejections(Payload(body=b"<urlset></urlset>", name="x.xml")) == ["no-entries"]


# ---------------------------------------------------------------- indexes


def test_index_links_to_the_sitemaps_that_changed_last_first() -> None:
    assert links(load("sitemap-index.xml")) == (
        Link("https://lagoon.example/news.xml", "2026-11-23T10:00:00Z"),
        Link("https://lagoon.example/2025.xml.gz", "2025-12-31"),
        Link("https://lagoon.example/undated.xml"),
    )


def test_index_leads_to_a_bounded_number_of_sitemaps() -> None:
    entries = "".join(f"<sitemap><loc>https://a.example/{n}.xml</loc></sitemap>" for n in range(500))
    found = links(Payload(body=f"<sitemapindex>{entries}</sitemapindex>".encode(), name="x.xml"))
    assert len(found) == sitemap.MAX_CHILDREN


def late(url: str) -> Payload:
    message = "later"
    raise Retryable(message, reason="timeout", url=url)


def test_index_is_followed_and_a_child_that_is_missing_harms_no_others() -> None:
    def get(url: str) -> Payload:
        if "2025" in url:
            raise load("sitemap-index.xml").reject(message="gone", reason="http-404")
        if "undated" in url:
            return late(url)
        return Payload(body=(FEEDS / "news-sitemap.xml").read_bytes(), name=url, url=url)

    items = list(following(load("sitemap-index.xml"), get))
    assert len([item for item in items if isinstance(item, Document)]) == 3
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["no-address", "http-404"]


def test_index_is_tried_again_if_none_of_its_sitemaps_came() -> None:
    with pytest.raises(Retryable):
        list(following(load("sitemap-index.xml"), late))


def test_index_within_an_index_is_not_followed() -> None:
    items = list(following(load("sitemap-index.xml"), lambda _: load("sitemap-index.xml")))
    assert {item.reason for item in items if isinstance(item, Rejected)} == {"sitemap-index"}


def test_index_on_disk_says_what_to_do() -> None:
    (item,) = read_payload(load("sitemap-index.xml"))
    assert isinstance(item, Rejected)
    assert (item.reason, "addresses" in item.message) == ("sitemap-index", True)


def test_what_is_no_index_links_to_nothing() -> None:
    assert links(load("news-sitemap.xml")) == ()
    assert links(load("entries.atom"), "feed") == ()
    assert links(Payload(body=b"\x1f\x8b\x08broken", name="x")) == ()


# ---------------------------------------------------------------- gzip


@given(parts=st.lists(st.binary(max_size=2000), min_size=1, max_size=4))
def test_all_members_of_a_gzip_are_unpacked(parts: list[bytes]) -> None:
    payload = Payload(body=b"".join(map(gzip.compress, parts)), name="a.txt.gz")
    assert unpacked(payload).body == b"".join(parts)


def test_bomb_is_stopped_while_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * (60 << 20), compresslevel=9)
    (item,) = read_payload(Payload(body=bomb, name="bomb.xml.gz"))
    assert isinstance(item, Rejected)
    assert item.reason == "too-large"


def test_gzip_that_breaks_off_gives_what_came() -> None:
    body = gzip.compress(b"Some plain words that are long enough.\n" * 40)
    assert unpacked(Payload(body=body[:-12], name="a.txt.gz")).body.startswith(b"Some plain words")


def test_gzip_that_is_broken_is_refused() -> None:
    (item,) = read_payload(Payload(body=b"\x1f\x8b\x08\x00broken from the start", name="a.gz"))
    assert isinstance(item, Rejected)
    assert item.reason == "binary"


def test_index_made_to_fill_memory_is_refused_before_it_is_parsed() -> None:
    body = b"<sitemapindex>" + b"<a/>" * 12_000_000 + b"<sitemap><loc>https://a.example/</loc></sitemap></sitemapindex>"
    payload = Payload(body=gzip.compress(body), name="index.xml.gz", url="https://lagoon.example/index.xml.gz")
    with pytest.raises(Rejected) as caught:
        links(payload)
    assert caught.value.reason == "too-long"
    assert rejections(payload) == ["too-long"]
    assert [item.reason for item in following(payload, load) if isinstance(item, Rejected)] == ["too-long"]


def test_index_of_as_many_sitemaps_as_it_may_have_is_read() -> None:
    entry = b"<sitemap><loc>https://a.example/%d</loc><lastmod>2026-11-01</lastmod></sitemap>"
    body = b"<sitemapindex>" + b"".join(entry % number for number in range(sitemap.MAX_ENTRIES)) + b"</sitemapindex>"
    assert len(links(Payload(body=body, name="index.xml", url="https://lagoon.example/index.xml"))) == sitemap.MAX_CHILDREN
