"""What other projects expect of their feeds, held against our reader. The folder with them is no part of the project."""

from __future__ import annotations

import ast
import datetime as dt
import html
import io
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import fastfeedparser
import feedparser
import pytest

from worker.model import Document
from worker.page import read_html
from worker.sources import Payload, read_payload
from worker.sources._feedparser import parse
from worker.timestamp import parse_date

FEEDS = Path(__file__).parents[2] / "shared" / "feeds"
EXPECTATIONS = FEEDS / "feedparser-6.0.14"
SERVER = "http://127.0.0.1:8097/"  # the address that feedparser's own tests are served from
# Encodings in which the comment at the top of a file may stand, by the file's first bytes.
WIDE = {
    b"\x00\x00\xfe\xff": "utf-32", b"\xff\xfe\x00\x00": "utf-32", b"\x00<\x00?": "utf-16-be", b"<\x00?\x00": "utf-16-le",
    b"\x00\x00\x00<": "utf-32-be", b"<\x00\x00\x00": "utf-32-le", b"\x4c\x6f\xa7\x94": "cp037",
}  # fmt: skip
# Expectations about feedparser's own HTTP exchange, which is not the reader's business.
EXCHANGE = re.compile(r"^0$|^not bozo and etag$")

pytestmark = pytest.mark.skipif(not FEEDS.is_dir(), reason="the feeds of others are not here")


class Case(NamedTuple):
    path: Path
    body: bytes
    headers: dict[str, str]
    expression: str

    def holds(self, *, finish: bool) -> bool:
        headers = self.headers | ({"content-type": self.headers.get("content-type", "application/xml")} if self.headers else {})
        found = parse(self.body, headers, finish=finish)
        try:
            return bool(eval(self.expression, {"datetime": dt, "feedparser": feedparser}, found))  # noqa: S307  theirs
        except (KeyError, IndexError, AttributeError, TypeError):
            return False

    def documents(self) -> list[Document]:
        base = self.headers.get("content-location", SERVER)
        kind = self.headers.get("content-type", "application/xml")
        return documents(Payload(self.body, self.path.name, kind, base))


def cases() -> Iterator[Case]:
    for path in sorted(EXPECTATIONS.rglob("*.xml")):
        body = path.read_bytes()
        text = body.decode(codec(body), "replace")
        found = re.search(r"Expect:\s*(.*?)\s*-->", text, re.DOTALL)
        if found and runs(text) and not EXCHANGE.search(found[1]):
            yield Case(path, body, headers(text, path), found[1])


def codec(body: bytes) -> str:
    if body[:4] in WIDE:
        return WIDE[body[:4]]
    return "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8"


def runs(text: str) -> bool:
    """Whether Python has the codec that a case is about."""
    condition = re.search(r"SkipUnless:\s*(.*?)\s*\n", text)
    try:
        return not condition or bool(eval(condition[1], {"feedparser": feedparser}))  # noqa: S307  theirs
    except (LookupError, ImportError, AttributeError):
        return False


def headers(text: str, path: Path) -> dict[str, str]:
    found = {name.lower(): value for name, value in re.findall(r"^Header:\s*([^:\r\n]+):\s*(.*?)\r?$", text, re.MULTILINE)}
    if found or path.name.startswith("http_"):
        place = SERVER + str(path.relative_to(EXPECTATIONS))
        location = found.get("content-location", "")
        relative = location and not re.match(r"[a-z]+:", location)
        found["content-location"] = SERVER + location.lstrip("/") if relative else location if "http" in location else place
    return found


def test_every_expectation_of_feedparser_holds() -> None:
    found = list(cases())
    assert len(found) >= 2_200
    assert [(case.path.name, case.expression) for case in found if not case.holds(finish=True)] == []


def test_what_readers_leave_unfinished_is_markup_and_ids_only() -> None:
    open_ = [case for case in cases() if not case.holds(finish=False)]
    about = re.compile(r"<|id'\]|&#|/sanitize/|linenoise|/namespace/|/sgml/|/atom10/|/rss/")
    assert [case.path for case in open_ if not about.search(f"{case.path} {case.expression}")] == []
    assert len(open_) <= 540


def test_no_text_of_a_document_has_markup_that_does_anything() -> None:
    """feedparser's cases of dangerous markup, after our own way to text."""
    harmful = re.compile(r"<\s*(?:script|iframe|object|embed|style|applet|meta)\b|\bon\w+\s*=|javascript:", re.IGNORECASE)
    for case in cases():
        if case.path.parent.name == "sanitize":
            for document in case.documents():
                page = read_html(document.content)
                assert page is None or not harmful.search(page.text), (case.path.name, page.text)


FIELD = re.compile(
    r"entries\[(\d+)\](?:\.|\[['\"])(title|link|id|guid|published|created|issued|updated|modified|author|language)"
    r"['\"\]]*\s*==\s*(u?'(?:[^'\\]|\\.)*'|u?\"(?:[^\"\\]|\\.)*\")(?!\s*\+)"
)


def test_documents_have_the_fields_that_feedparser_expects() -> None:
    """Save where we know better: titles without markup, dates in ISO 8601, authors without mail, ids as written."""
    wrong, number = [], 0
    for case in cases():
        for position, field, literal in FIELD.findall(case.expression):
            number += 1
            given = field_of(case.documents()[int(position)], field)
            expected = expectation(case.path, field, ast.literal_eval(literal))
            if given != expected and not (field == "id" and expected.endswith(given)):
                wrong.append((case.path.name, field, expected, given))
    assert number > 120
    assert wrong == []


TEXT = re.compile(
    r"entries\[0\]\['(?:summary|description|content)'\](?:\[0\]\['value'\])?\s*==\s*"
    r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?!\s*\+)"
)
# Of several texts we take the longest; bytes in base64 are no text to us, whatever they hold.
OTHERWISE = {"entry_content_and_summary.xml", "entry_content_base64.xml", "entry_content_base64_2.xml", "bozo_linenoise.xml"}


def test_documents_have_the_text_that_feedparser_expects() -> None:
    """Its letters: markup is not shown."""
    wrong, number = [], 0
    for case in cases():
        texts = [plain(ast.literal_eval(literal)) for literal in TEXT.findall(case.expression)]
        if texts and case.path.parent.name != "sanitize" and case.path.name not in OTHERWISE:
            number += 1
            wrong += [case.path] if plain(case.documents()[0].content) not in texts else []
    assert number > 80
    assert wrong == []


def plain(markup: str) -> str:
    """The letters of a text that may have markup, however often it is escaped."""
    text = html.unescape(html.unescape(markup))
    return re.sub(r"\W+", "", re.sub(r"<[^<>]*>", "", text))


def field_of(document: Document, field: str) -> str:
    value = {
        "link": document.url,
        "id": document.guid,
        "guid": document.guid,
        "published": document.published,
        "created": document.published,
        "issued": document.published,
        "updated": document.updated,
        "modified": document.updated,
        "author": "; ".join(document.authors),
    }.get(field, getattr(document, field, None))
    return value or ""


def expectation(path: Path, field: str, value: str) -> str:
    if field == "title":
        tags = r"<[^<>]*>" if path.parent.name == "sanitize" else r"</?(?:b|p|div|a)\b[^>]*>"
        return " ".join(html.unescape(re.sub(tags, "", value)).split())
    if field == "author":
        return re.sub(r" \(\S+@\S+\)", "", value)
    return parse_date(value) or value if re.match(r"\w{3}, \d\d ", value) else value


def documents(payload: Payload) -> list[Document]:
    return [item for item in read_payload(payload, "feed") if isinstance(item, Document)]


@cache
def real() -> list[tuple[Payload, list[Document]]]:
    found = []
    for folder in ("fastfeedparser", "feedjira", "rss-parser/input"):
        for path in sorted((FEEDS / folder).iterdir()):
            if path.is_file() and path.suffix not in {".html", ".md"} and path.name != "LICENSE":
                payload = Payload(path.read_bytes(), path.name, url="https://feed.example/x/feed")
                found.append((payload, documents(payload)))
    return found


def test_no_real_feed_gives_fewer_entries_than_feedparser_alone() -> None:
    for payload, found in real():
        alone = feedparser.parse(io.BytesIO(payload.body), sanitize_html=False, resolve_relative_uris=False)
        assert len(found) >= len(alone.entries), payload.name
    assert sum(len(found) for _, found in real()) >= 3_700


def test_two_parsers_agree_on_the_number_of_entries() -> None:
    """On feeds that another project collected to test itself; both are right on what they were made for."""
    differ = [
        payload.name for payload, found in real() if len(payload.name) == 16 and len(fast(payload)) not in {0, len(found)}
    ]
    assert len(differ) <= 1, differ


def fast(payload: Payload) -> list[Any]:
    try:
        return list(fastfeedparser.parse(payload.body).entries)
    except ValueError:
        return []


def test_real_feed_gives_the_same_documents_again() -> None:
    for payload, found in real():
        if len(payload.body) < 100_000:
            assert documents(payload) == found, payload.name


def test_dates_of_real_feeds_are_plausible() -> None:
    this_year = dt.datetime.now(dt.UTC).year
    years = {item.published[:4] for _, found in real() for item in found if item.published}
    assert {year for year in years if not 1990 <= int(year) <= this_year} == set()


def pairs() -> Iterator[tuple[str, dict[str, Any], Document]]:
    """Items as rss-parser has them, beside our documents; files that it garbled are left out."""
    inputs = {path.stem: path for path in (FEEDS / "rss-parser" / "input").iterdir()}
    for path in sorted((FEEDS / "rss-parser" / "output").iterdir()):
        if path.stem in {"encoding", "uolNoticias"}:
            continue  # its expectations are in another encoding than the feed
        items = json.loads(path.read_text(encoding="utf8"))["feed"].get("items", [])
        source = inputs[path.stem]
        documents = [
            item for item in read_payload(Payload(source.read_bytes(), source.name), "feed") if isinstance(item, Document)
        ]
        assert len(documents) == len(items), path.name
        yield from ((path.stem, item, document) for item, document in zip(items, documents, strict=True))


def test_rss_parser_agrees_on_guid_and_date() -> None:
    for name, item, document in pairs():
        guid = item.get("guid") or item.get("id")
        assert (document.guid or "") == (guid or document.guid or "").strip(), name
        date = parse_date(item.get("isoDate"))
        if date and document.published:
            assert dt.datetime.fromisoformat(date) == dt.datetime.fromisoformat(document.published), name


def test_rss_parser_agrees_on_links_save_for_detours() -> None:
    """FeedBurner's links lead to its counter; the feed has the article's own address beside them."""
    for name, item, document in pairs():
        link = (item.get("link") or "").strip()
        if document.url and name != "feedburner":
            assert document.url == link, name


def test_rss_parser_agrees_on_titles_and_texts() -> None:
    """Save for markup, which it leaves in titles as it came, and XHTML (Reddit's), of which it loses words."""

    for name, item, document in pairs():
        assert plain(document.title or "") == plain(item.get("title") or ""), name
        expected = item.get("content:encoded") or item.get("content")
        if isinstance(expected, str) and expected != "EMPTY" and not name.startswith("reddit-"):
            assert plain(document.content) == plain(expected), name
