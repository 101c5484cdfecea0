"""Whole pages as sites make them: what is read of each, and which are no article. expected.toml says what is right."""

from __future__ import annotations

import gzip
import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from web import Site

from bench.pages import average, page_score
from worker.errors import Rejected
from worker.http import Client
from worker.model import ContentType, Document, PublishedFrom
from worker.page import MAX_TAGS, Page, read_html
from worker.page._structured import load
from worker.settings import Settings
from worker.text import complete, to_article

BENCHMARK = Path(__file__).parents[2] / "shared/feeds/article-extraction-benchmark"
PAGES = Path(__file__).parent / "fixtures" / "pages"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((PAGES / "expected.toml").read_text())
ARTICLES = [name for name, wanted in EXPECTED.items() if not wanted["unfit"]]
UNFIT = [name for name, wanted in EXPECTED.items() if wanted["unfit"]]
SENTENCE = "The two delegations met in the harbour office on Tuesday and agreed to open the bridge for convoys. "


def page(name: str) -> Page:
    found = read_html((PAGES / f"{name}.html").read_text(), EXPECTED[name]["url"])
    assert found
    return found


def html(name: str) -> Document:
    return Document(content=(PAGES / f"{name}.html").read_text(), content_type=ContentType.HTML, url=EXPECTED[name]["url"])


@pytest.mark.parametrize("name", ARTICLES)
def test_page_says_what_it_says(name: str) -> None:
    found, wanted = page(name), EXPECTED[name]
    given = {
        "title": found.title or "",
        "authors": list(found.authors),
        "day": (found.published or "")[:10],
        "published_from": found.published_from or "",
        "updated": found.updated or "",
        "site": found.site or "",
        "canonical": found.url or "",
        "originator": found.originator or "",
        "opt_outs": list(found.opt_outs),
    }
    assert {field: given[field] for field in given.keys() & wanted.keys()} == {
        field: wanted[field] for field in given.keys() & wanted.keys()
    }


@pytest.mark.parametrize("name", ARTICLES)
def test_text_has_the_article_and_nothing_around_it(name: str) -> None:
    found, wanted = page(name), EXPECTED[name]
    assert found.unfit is None
    assert [piece for piece in wanted.get("has", ()) if piece not in found.text] == []
    assert [piece for piece in wanted.get("lacks", ()) if piece in found.text] == []


@pytest.mark.parametrize("name", UNFIT)
def test_what_is_no_article_is_rejected_with_what_it_is(name: str) -> None:
    with pytest.raises(Rejected) as caught:
        to_article(html(name), Settings())
    assert caught.value.reason == EXPECTED[name]["unfit"]
    assert caught.value.url == EXPECTED[name]["url"]


@pytest.mark.parametrize("name", [name for name in UNFIT if name != "front-page"])  # elsewhere it is no front page
def test_summary_of_the_feed_stands_where_the_page_is_no_article(name: str) -> None:
    with (
        Site({"/1": (200, {"Content-Type": "text/html; charset=utf-8"}, (PAGES / f"{name}.html").read_bytes())}) as site,
        Client(Settings(allow_hosts=("127.0.0.1",), fetch_seconds=5)) as client,
    ):
        summary = Document(content="Talks were held in the harbour office.", complete=False, url=f"{site.url}/1")
        assert complete(summary, client).content == summary.content


def test_entry_without_a_summary_is_rejected_with_what_its_page_is() -> None:
    with (
        Site({"/1": (200, {"Content-Type": "text/html"}, (PAGES / "paywall-stub.html").read_bytes())}) as site,
        Client(Settings(allow_hosts=("127.0.0.1",), fetch_seconds=5)) as client,
        pytest.raises(Rejected) as caught,
    ):
        complete(Document(content="", complete=False, url=f"{site.url}/1"), client)
    assert caught.value.reason == "paywall"


def test_summary_of_an_article_behind_a_paywall_has_what_its_page_says_of_it() -> None:
    with (
        Site({"/1": (200, {"Content-Type": "text/html"}, (PAGES / "paywall-stub.html").read_bytes())}) as site,
        Client(Settings(allow_hosts=("127.0.0.1",), fetch_seconds=5)) as client,
    ):
        summary = Document(content="Talks were held in the harbour office.", complete=False, url=f"{site.url}/1", title="T")
        whole = complete(summary, client)
    assert (whole.title, whole.content, whole.authors) == ("T", summary.content, ("Hanne Wolk",))
    assert (whole.published, whole.published_from) == ("2026-11-13T04:00:00Z", PublishedFrom.JSON_LD)


def test_agency_and_reservations_of_a_page_are_the_articles() -> None:
    assert to_article(html("agency-dateline"), Settings()).originator == "Reuters"
    document = html("quoted-posts").model_copy(update={"opt_outs": ("tdm-reservation", "meta:noai")})
    assert to_article(document, Settings()).opt_outs == (
        "tdm-reservation",
        "meta:noai",
        "meta:noimageai",
        "meta:tdm-reservation",
    )


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        ("SUVA, Nov 20 (Reuters) - The pact was renewed.", "Reuters"),
        ("NAIROBI, Kenya (AP) — The pact was renewed.", "Associated Press"),
        ("Berlin (dpa) - The pact was renewed.", "dpa"),
        ("The pact was renewed.\n\n(AFP)", "AFP"),
        ("The pact was renewed.\n\nSource: Xinhua", "Xinhua"),
        ("The pact was renewed.\n\n© 2026 AFP", "AFP"),
        ("The pact was renewed.\n\nThis story first appeared in the Lagoon Monthly.", "the Lagoon Monthly"),
        ("The pact was renewed, Reuters reported on Monday.", None),
        ("The ministers spoke to the AP.", None),
        ("The party (AP) lost two seats and its leader has resigned, it was said in a long statement to all of them.", None),
        ("The pact was renewed.", None),
    ],
)
def test_originator_is_named_by_dateline_or_credit_and_not_by_a_mention(text: str, agency: str | None) -> None:
    assert to_article(Document(content=text), Settings()).originator == agency


@pytest.mark.skipif(not BENCHMARK.is_dir(), reason="the pages of article-extraction-benchmark are not here")
def test_articles_of_the_benchmark_are_read_and_none_is_taken_for_a_list() -> None:
    truth = json.loads((BENCHMARK / "ground-truth.json").read_text())
    scores, unfit = [], []
    for name in sorted(truth):
        found = read_html(gzip.decompress((BENCHMARK / "html" / f"{name}.html.gz").read_bytes()).decode(), truth[name]["url"])
        assert found
        scores.append(page_score(truth[name]["articleBody"], found.text))
        unfit += [found.unfit] if found.unfit else []
    assert average(scores).f1 > 0.97  # trafilatura alone: .960
    assert unfit == ["paywall", "paywall"]  # which they are


def test_day_in_the_address_counts_before_that_of_the_fetch_and_after_all_others() -> None:
    def dates(**values: Any) -> tuple[str | None, str | None]:
        made = to_article(Document(content=SENTENCE, **values), Settings())
        return made.published, made.published_from

    address = "https://a.example/2025/11/23/talks-held"
    fetch = {"published": "2025-11-25", "published_from": PublishedFrom.FETCH}
    assert dates(url=address) == ("2025-11-23", "url")
    assert dates(url=address, **fetch) == ("2025-11-23", "url")
    assert dates(url="https://a.example/talks-held", **fetch) == ("2025-11-25", "fetch")
    assert dates(url=address, published="2025-11-24", published_from=PublishedFrom.FEED) == ("2025-11-24", "feed")
    for other in (
        "/2025/13/23/x",
        "/2025/11/31/x",
        "/2099/11/23/x",
        "/1825/11/23/x",
        "/2025/11/x",
        "/a2025/11/23",
        "/2025/11/231",
    ):
        assert dates(url=f"https://a.example{other}") == (None, None)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="article:published_time" content="2025-11-20T10:00:00Z">', ("2025-11-20T10:00:00Z", "meta")),
        ('<meta property="article:published_time" content="2097-11-20T10:00:00Z">', ("2025-11-21", "page")),
        ('<meta property="article:published_time" content="1970-01-01T00:00:00Z">', ("2025-11-21", "page")),
        ('<meta property="article:published_time" content="1732-05-01">', ("2025-11-21", "page")),
        ('<meta property="article:published_time" content="0000-00-00 00:00:00">', ("2025-11-21", "page")),
        ('<meta property="article:published_time" content="today">', ("2025-11-21", "page")),
        ('<meta property="article:published_time" content="1763632800">', ("2025-11-20T10:00:00Z", "meta")),
        ('<meta property="article:published_time" content="1763632800000">', ("2025-11-20T10:00:00Z", "meta")),
        ('<meta name="date" content="05/06/2025">', ("2025-11-21", "page")),
        ('<meta name="dc.date" content="2025-W47-4">', ("2025-11-20", "meta")),
    ],
)
def test_date_that_cannot_be_is_dropped_and_the_next_place_asked(head: str, expected: tuple[str, str]) -> None:
    found = read_html(
        f"<html><head>{head}</head><body><h1>Talks</h1><p class=date>21 November 2025</p><p>{SENTENCE}", "https://a.example/b"
    )
    assert found
    assert (found.published, found.published_from) == expected


def test_page_is_not_changed_before_it_is_published() -> None:
    metas = '<meta property="article:published_time" content="{}"><meta property="article:modified_time" content="{}">'
    for published, modified, expected in (
        ("2025-11-20T10:00:00Z", "2025-11-20T09:00:00Z", None),
        ("2025-11-20T10:00:00Z", "2025-11-20T10:30:00Z", "2025-11-20T10:30:00Z"),
        ("2025-11-20", "2025-11-20T09:00:00Z", "2025-11-20T09:00:00Z"),
        ("2025-11-20", "2097-11-20", None),
    ):
        found = read_html(f"<html><head>{metas.format(published, modified)}</head><body><p>{SENTENCE}", "https://a.example/b")
        assert found
        assert found.updated == expected


def test_what_feeds_add_to_their_entries_is_no_part_of_them() -> None:
    added = "<p>The post <a href=x>Talks held</a> appeared first on <a href=y>Lagoon Wire</a>.</p><p>Read more</p>"
    entry = f"<p>{SENTENCE}</p>{added}"
    assert to_article(Document(content=entry, content_type=ContentType.HTML), Settings()).text == SENTENCE.strip()
    assert to_article(Document(content="<p>Read more</p>", content_type=ContentType.HTML), Settings()).text == "Read more"
    agency = f"<p>{SENTENCE}</p><p>© 2025 AFP</p>"
    assert to_article(Document(content=agency, content_type=ContentType.HTML), Settings()).originator == "AFP"


# ---------------------------------------------------------------- JSON-LD


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('{"a": "x\ny\tz"}', {"a": "x\ny\tz"}),
        ('{"a": [1, 2,], }', {"a": [1, 2]}),
        ('<!-- {"a": 1} -->', {"a": 1}),
        ('//<![CDATA[\n{"a": 1}\n//]]>', {"a": 1}),
        ('{"a": 1};', {"a": 1}),
        ('{"a": 1}{"b": 2}', {"a": 1}),
        (
            '{"headline": "He said "no"", "datePublished": "2026-11-12", "x": }',
            {"datePublished": "2026-11-12", "headline": "He said"},
        ),
        ("", None),
        ("no data", None),
        ("[" * 100_000, None),
    ],
)
def test_json_is_read_as_pages_write_it(text: str, value: object) -> None:
    assert load(text) == value


@given(st.text(alphabet='{}[]":,\\/!<->a1 \n', max_size=60))
def test_any_block_is_read_or_left(text: str) -> None:
    document = f'<html><head><script type="application/ld+json">{text}</script></head><body><p>{SENTENCE}</p></body></html>'
    assert read_html(document, "https://a.example/b")


# ---------------------------------------------------------------- hostile pages

BLOCK = '<script type="application/ld+json">{"@type":"NewsArticle","headline":"x","author":{"name":"y"}}</script>'
HOSTILE = {
    "nested": "<html><body>" + "<div>" * 99_000 + "x",
    "nested-lists": "<html><body>" + "<ul><li>" * 45_000 + "x",
    "nested-links": "<html><body>" + "<p><a href=x><b>" * 30_000 + "x",
    "blocks": "<html><head>" + BLOCK * 49_000 + "</head><body><p>x",
    "deep-json": f'<html><head><script type="application/ld+json">{"[" * 500_000}</script></head><body><p>x',
    "wide-json": f'<html><head><script type="application/ld+json">[{"{}," * 300_000}{{}}]</script></head><body><p>x',
    "quotes": f'<html><head><script type="application/ld+json">{{"headline": "{chr(92) * 400_001}</script></head><body><p>x',
    "one-line": "<html><body><p>" + "a" * 15_000_000,
    "words": "<html><body><p>" + "more from by photo: " * 200_000,
    "entities": "<html><body><p>" + "&amp;&#x41;&lt;" * 30_000,
    "doctype": '<!DOCTYPE html [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><html><body><p>'
    + "&b;" * 10_000,
    "metas": "<html><head>" + '<meta name="author" content="a">' * 90_000 + "</head><body><p>x",
    "long-meta": '<html><head><meta name="author" content="' + "By A and " * 100_000 + '"></head><body><p>x',
    "long-title": "<html><head><title>" + " - " * 300_000 + "</title></head><body><h1>" + " | " * 300_000 + "</h1><p>x",
    "classes": '<html><body><p class="' + "byline-author " * 100_000 + '">By X',
    "dates": "<html><body><h1>x</h1>" + '<span class="date">12 12 12 12 12 12</span>' * 30_000,
    "attributes": "<html><body><p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">x",
    "many-attributes": "<html><body>" + f"<p {' '.join(f'a{number}' for number in range(600))}>x" * 3_000,
    "quoted-attributes": "<html><body><p " + " ".join(f'a{number}="<>"' for number in range(100_000)) + ">x",
    "tags-in-a-tag": "<html><body><p " + " <a ".join(f"a{number}=1" for number in range(90_000)) + ">x",
    "small-tags": "<html><body>" + f"<p {' '.join(f'a{number}' for number in range(200))}>x" * 15_000,
    "spaces-json": f'<html><head><script type="application/ld+json">{" " * 1_900_000}x</script></head><body><p>x',
    "open-quotes": '<html><body><p a="' + "x' \"" * 500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_page_is_read_or_left_in_time(name: str) -> None:
    start = time.process_time()
    found = read_html(HOSTILE[name], "https://a.example/2026/11/12/b")
    assert found is None or len(found.text) <= len(HOSTILE[name])
    assert time.process_time() - start < 20  # the slowest takes some 4 s


@pytest.mark.parametrize(
    "wrapped", ["<!--{}-->", "//<![CDATA[\n{}\n//]]>", " <![CDATA[ {} ]]> ; ", "<!--//<![CDATA[{}//]]>-->", "{};"]
)
def test_json_in_comments_is_read(wrapped: str) -> None:
    assert load(wrapped.format('{"headline": "A--> b"}')) == {"headline": "A--> b"}


def test_page_of_too_many_tags_is_left_unread() -> None:
    assert read_html("<html>" + "<b>x" * MAX_TAGS) is None


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "<p>", "</p>", "<h1>", "<h2><a href='/x'>", "</a>", "<ul><li>", "<title>", "By Ann Lee", "12 May 2026",
                "<time datetime='2026-11-12'>", "<div class='byline'>", "<div hidden>", "<link rel=canonical href='http://['>",
                "<meta name=author content='A, B and C'>", "<meta property=og:url content='//x'>", "<blockquote class=tweet>",
                BLOCK, SENTENCE,
            ]
        )
    )
)  # fmt: skip
def test_any_page_is_read(pieces: list[str]) -> None:
    found = read_html("<html>" + "".join(pieces), "https://a.example/b")
    assert found
    assert found.text == found.text.strip()
