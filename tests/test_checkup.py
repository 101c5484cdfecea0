from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.checkup import Finding, Grade, Observation, Page, findings
from worker.checkup.anatomy import dissect
from worker.http import Hop, Response
from worker.sources import Payload
from worker.sources.feed import Feed, read_feed

SHARED = Path(__file__).parents[2] / "shared/feeds/fastfeedparser"
REAL = sorted(file for file in SHARED.rglob("*") if file.is_file()) if SHARED.is_dir() else []
NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)
URL = "https://lagoon.example/feed"
GOOD_HEADERS = {
    "content-type": "application/rss+xml",
    "content-encoding": "gzip",
    "etag": '"a"',
    "cache-control": "max-age=600",
}
ITEM = """<item><title>Talks {n}</title><link>https://lagoon.example/{n}</link><guid>{n}</guid>
<pubDate>{date}</pubDate><content:encoded>Talks on the ferry resumed, round {n}.</content:encoded></item>"""


def rss(items: str, head: str = "") -> bytes:
    about = "<title>Wire</title><link>https://lagoon.example/</link><language>en</language>"
    links = f'<atom:link rel="self" href="{URL}"/><atom:link rel="hub" href="https://hub.example/"/>'
    spaces = 'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    return f'<?xml version="1.0"?><rss version="2.0" {spaces}><channel>{about}{links}{head}{items}</channel></rss>'.encode()


def item(n: int, **changes: str) -> str:
    date = NOW - dt.timedelta(hours=5 * n)
    text = ITEM.format(n=n, date=date.strftime("%a, %d %b %Y %H:%M:%S +0000"))
    for tag, value in changes.items():
        text = re.sub(rf"<{tag}>.*?</{tag}>", value and f"<{tag}>{value}</{tag}>", text)
    return text


FINE = rss(item(1) + item(2) + item(3))


def observed(body: bytes = FINE, headers: Mapping[str, str] | None = None, **given: Any) -> Observation:
    sent = GOOD_HEADERS if headers is None else headers
    answer = Response(url=given.get("url", URL), status=200, headers=sent, body=body, seconds=0.2)
    values: dict[str, Any] = {
        "url": URL,
        "now": NOW,
        "answer": answer,
        "again": Response(url=URL, status=304, headers={}, body=b""),
        "body": body,
        "anatomy": dissect(body),
        "feed": read_feed(Payload(body=body, name=URL, url=URL)),
        "page": Page("https://lagoon.example/1", 3000),
        "language": "en",
        **given,
    }
    return Observation(**values)


def about(topic: str, seen: Observation) -> Finding:
    [found] = [item for item in findings(seen) if item.topic == topic]
    return found


def test_feed_that_does_all_well_has_nothing_to_mend() -> None:
    found = findings(observed())
    assert [item for item in found if item.grade is not Grade.GOOD] == []
    assert {item.area for item in found} == {"served", "written", "content"}
    assert len(found) >= 20


def test_whatever_is_not_good_says_what_it_means_and_what_to_do() -> None:
    text = resources.files("worker.checkup").joinpath("findings.toml").read_text(encoding="utf8")
    for topic, words in tomllib.loads(text).items():
        for variant, said in words.items():
            if isinstance(said, dict):
                assert said["fact"], topic
                assert variant == "good" or (said["means"] and said["advice"]), (topic, variant)


# ---------------------------------------------------------------- how it is served


def answer(**given: Any) -> Response:
    return Response(**{"url": URL, "status": 200, "headers": GOOD_HEADERS, "body": FINE, "seconds": 0.2, **given})


@pytest.mark.parametrize(
    ("topic", "given", "grade", "said"),
    [
        ("answer", {"answer": answer(seconds=9.0)}, Grade.FAIR, "takes 9.0 s"),
        ("answer", {"answer": answer(complete=False)}, Grade.BAD, "ends too early"),
        ("https", {"url": "http://lagoon.example/feed", "secure": True}, Grade.FAIR, "though https works"),
        ("https", {"url": "http://lagoon.example/feed", "secure": False}, Grade.BAD, "http only"),
        ("redirects", {"answer": answer(hops=(Hop(301, URL, URL + "2"),))}, Grade.FAIR, "moved for good"),
        ("redirects", {"answer": answer(hops=(Hop(302, URL, URL + "2"),))}, Grade.FAIR, "for now"),
        ("redirects", {"answer": answer(hops=(Hop(301, URL, "http://a.example/"),))}, Grade.BAD, "from https to http"),
        ("compression", {"answer": answer(headers={}, body=b" " * 9000)}, Grade.FAIR, "9,000 bytes"),
        ("conditional", {"answer": answer(headers={})}, Grade.FAIR, "neither ETag nor Last-Modified"),
        ("conditional", {"again": None}, Grade.FAIR, "was not answered"),
        ("conditional", {"again": answer()}, Grade.BAD, "the same"),
        ("conditional", {"again": answer(body=b"x")}, Grade.FAIR, "other bytes"),
        ("lifetime", {"answer": answer(headers={})}, Grade.FAIR, "does not say when"),
        ("lifetime", {"answer": answer(headers={"cache-control": "max-age=80000"})}, Grade.FAIR, "wait 22.2 h"),
        ("media-type", {"answer": answer(headers={"content-type": "text/xml; charset=utf-8"})}, Grade.FAIR, "text/xml"),
        ("media-type", {"answer": answer(headers={"content-type": "text/html"})}, Grade.BAD, "text/html"),
        ("media-type", {"answer": answer(headers={})}, Grade.BAD, "none"),
        ("robots", {"forbidden": True}, Grade.FAIR, "robots.txt"),
        ("opt-outs", {"opt_outs": ("tdm-reservation",)}, Grade.FAIR, "tdm-reservation"),
    ],
)
def test_way_of_serving_is_judged(topic: str, given: dict[str, Any], grade: Grade, said: str) -> None:
    found = about(topic, observed(**given))
    assert (found.grade, said in found.fact) == (grade, True)


def test_feed_that_is_not_answered_is_one_finding() -> None:
    found = findings(Observation(url=URL, now=NOW, error="the server answered 404 Not Found"))
    assert [(item.topic, item.grade) for item in found] == [("answer", Grade.BAD)]


def test_time_to_live_counts_where_the_server_says_nothing() -> None:
    body = rss(item(1), "<ttl>30</ttl>")
    assert about("lifetime", observed(body, headers={})).fact == "says when to come back: after 30 min (ttl)"


# ---------------------------------------------------------------- how it is written


@pytest.mark.parametrize(
    ("topic", "body", "grade", "said"),
    [
        ("well-formed", FINE.replace(b"</item>", b"", 1), Grade.BAD, "line "),
        ("version", FINE.replace(b'version="2.0"', b'version="0.91"'), Grade.FAIR, "RSS 0.91"),
        ("encoding", FINE.replace(b"Wire", b"W\xe9re"), Grade.BAD, "utf-8"),
        ("encoding", FINE.replace(b'"1.0"?', b'"1.0" encoding="iso-8859-1"?', 1), Grade.FAIR, "iso-8859-1"),
        ("size", FINE + b" " * 600_000, Grade.FAIR, "large"),
        ("size", FINE + b" " * 6_000_000, Grade.BAD, "too large"),
        ("ids", rss(item(1, guid="") + item(2)), Grade.BAD, "1 of 2 entries no id"),
        ("ids", rss(item(1) + item(2, guid="1")), Grade.BAD, "more than once: '1'"),
        ("dates", rss(item(1, pubDate="") + item(2)), Grade.FAIR, "1 of 2 entries no date"),
        ("dates", rss(item(1, pubDate="")), Grade.BAD, "1 of 1 entries no date"),
        ("dates", rss(item(1, pubDate="05/06/2026 08:00 +0000")), Grade.BAD, "for certain: '05/06/2026"),
        ("dates", rss(item(1, pubDate="Mon, 23 Nov 2099 08:57:00 +0000")), Grade.BAD, "in the future"),
        ("dates", rss(item(1, pubDate="2026-11-23T08:57:00")), Grade.FAIR, "without a zone"),
        ("links", rss(item(1, link="/1")), Grade.FAIR, "not whole: '/1'"),
        ("links", rss(item(1, link="javascript:alert(1)")), Grade.BAD, "no web addresses"),
        ("links", rss(item(1, link="")), Grade.BAD, "links no entry"),
        ("links", rss(item(1, link="") + item(2)), Grade.FAIR, "1 of 2"),
        ("titles", rss(item(1, title="") + item(2)), Grade.FAIR, "1 of 2"),
        ("self-link", FINE.replace(b'rel="self"', b'rel="x"'), Grade.FAIR, "does not name"),
        ("self-link", FINE.replace(URL.encode(), b"https://other.example/"), Grade.FAIR, "another address"),
        ("hub", FINE.replace(b'rel="hub"', b'rel="x"'), Grade.FAIR, "no hub"),
        ("declared-language", FINE.replace(b"<language>en</language>", b""), Grade.FAIR, "does not declare"),
        ("feed", b"<html><body>Log in</body></html>", Grade.BAD, "is no feed"),
        ("feed", b'{"items": []}', Grade.BAD, "no version of JSON Feed"),
        ("entries", rss(""), Grade.BAD, "no entries"),
    ],
)
def test_way_of_writing_is_judged(topic: str, body: bytes, grade: Grade, said: str) -> None:
    found = about(topic, observed(body))
    assert (found.grade, said in found.fact) == (grade, True), found


def test_source_that_is_no_feed_is_not_judged_as_one() -> None:
    assert {item.area for item in findings(observed(is_feed=False))} == {"served", "content"}


def test_summaries_and_empty_entries_are_told_from_full_text() -> None:
    short = re.sub(rb"content:encoded", b"description", FINE)
    assert about("text", observed(short)).grade is Grade.FAIR
    assert about("text", observed(re.sub(rb"<content:encoded>.*?</content:encoded>", b"", FINE))).grade is Grade.BAD


def test_ids_that_change_between_two_answers_are_told() -> None:
    second = answer(body=rss(item(1, guid="x") + item(2)))
    assert about("ids", observed(again=second)).fact == "gives an entry another id at each request"


@pytest.mark.parametrize("date", ["Mon, 23 Nov 2026 08:57:00 GMT", "2026-11-23T08:57:00Z", "2026-11-23T08:57:00-05:00"])
def test_dates_with_zones_are_good(date: str) -> None:
    assert about("dates", observed(rss(item(1, pubDate=date)))).grade is Grade.GOOD


def test_atom_and_json_feeds_are_judged_alike() -> None:
    atom = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>W</title><link rel="self" href="https://lagoon.example/feed"/>
    <entry><id>urn:1</id><title>A</title><link href="https://lagoon.example/1"/><updated>2026-11-24T08:00:00Z</updated>
    <content>Talks on the ferry resumed.</content></entry></feed>"""
    plain = b"""{"version": "https://jsonfeed.org/version/1.1", "feed_url": "https://lagoon.example/feed", "items":
    [{"id": 1, "title": "A", "url": "https://lagoon.example/1", "date_published": "2026-11-24T08:00:00Z",
    "content_text": "T"}]}"""
    for body, version in ((atom, "Atom 1.0"), (plain, "JSON Feed 1.1")):
        seen = observed(body)
        topics = ("version", "ids", "dates", "links", "titles", "self-link", "text")
        assert [about(topic, seen).grade for topic in topics] == [Grade.GOOD] * len(topics), version
        assert version in about("version", seen).fact


@pytest.mark.parametrize(
    "body",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><item><title>&x;</title></item></channel></rss>',
        b"<rss>" + b"<a>" * 20_000,
        b"[" * 100_000,
        b'{"version": "https://jsonfeed.org/version/1", "items": {"a": 1}}',
        b"\x00\xff\xfe",
    ],
    ids=["entity", "nested", "brackets", "items", "binary"],
)
def test_hostile_feed_is_judged_and_opens_nothing(body: bytes) -> None:
    assert "root:" not in "".join(found.model_dump_json() for found in findings(observed(body)))


@pytest.mark.skipif(not REAL, reason="the feeds of others are not here")
def test_every_real_feed_can_be_judged() -> None:
    for file in REAL:
        body = file.read_bytes()
        found = findings(observed(body, anatomy=dissect(body), feed=Feed([])))
        assert all(item.fact and (item.grade is Grade.GOOD or item.advice) for item in found), file


@given(st.binary(max_size=200) | st.text("<>/rssfeedRDFitem version='2.0'{}[]\":", max_size=200).map(str.encode))
def test_any_bytes_can_be_judged(body: bytes) -> None:
    findings(observed(body))


# ---------------------------------------------------------------- what is in it


def moved(days: float) -> dt.datetime:
    return NOW + dt.timedelta(days=days)


@pytest.mark.parametrize(("days", "grade"), [(0, Grade.GOOD), (40, Grade.FAIR), (200, Grade.BAD)])
def test_age_of_the_newest_entry_is_judged(days: float, grade: Grade) -> None:
    assert about("newest", observed(now=moved(days))).grade is grade


@pytest.mark.parametrize(("minutes", "grade"), [(300, Grade.GOOD), (60, Grade.FAIR), (10, Grade.BAD)])
def test_span_of_what_the_feed_holds_is_judged(minutes: int, grade: Grade) -> None:
    dates = [(NOW - dt.timedelta(minutes=minutes * n)).isoformat() for n in range(3)]
    body = rss("".join(item(n, pubDate=date) for n, date in enumerate(dates)))
    assert about("window", observed(body)).grade is grade


@pytest.mark.parametrize(
    ("topic", "given", "grade"),
    [
        ("repeats", {"body": rss(item(1) + item(2, link="https://lagoon.example/1", guid="1"))}, Grade.FAIR),
        ("page", {"page": Page("https://lagoon.example/1", error="404")}, Grade.BAD),
        ("page", {"page": Page("https://lagoon.example/1", chars=40)}, Grade.FAIR),
        ("language", {"language": "fr"}, Grade.BAD),
        ("language", {"language": None}, Grade.GOOD),
        ("language", {"language": "fr", "body": FINE.replace(b"<language>en", b"<language>fr")}, Grade.FAIR),
        ("language", {"language": None, "body": FINE.replace(b"<language>en", b"<language>")}, Grade.FAIR),
    ],
)
def test_content_is_judged(topic: str, given: dict[str, Any], grade: Grade) -> None:
    assert about(topic, observed(**given)).grade is grade
