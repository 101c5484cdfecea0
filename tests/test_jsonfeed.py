"""JSON Feed 1.0 and 1.1, field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from worker.errors import Rejected
from worker.model import ContentType, Document
from worker.sources import Payload
from worker.sources.feed import Feed, hints, read_feed

FEED = "https://cove.example/feed.json"
VERSION = "https://jsonfeed.org/version/1.1"


def read(value: object, content_type: str | None = None) -> Feed:
    return read_feed(Payload(json.dumps(value).encode(), "f", content_type, FEED))


def item(top: dict[str, Any] | None = None, **fields: object) -> Document:
    (found,) = read({"version": VERSION, "title": "Cove", **(top or {}), "items": [fields]}).entries
    assert isinstance(found, Document)
    return found


def test_feed_says_what_it_is() -> None:
    said = hints(
        Payload(
            json.dumps(
                {
                    "version": VERSION,
                    "title": "Cove",
                    "home_page_url": "/",
                    "language": "en-NZ",
                    "expired": True,
                    "hubs": [
                        {"type": "rssCloud", "url": "https://cloud.example/"},
                        {"type": "WebSub", "url": "https://hub.example/"},
                    ],
                    "items": [],
                }
            ).encode(),
            "f",
            url=FEED,
        )
    )
    assert (said.title, said.site, said.language) == ("Cove", "https://cove.example/", "en-NZ")
    assert (said.hub, said.expired) == ("https://hub.example/", True)


@pytest.mark.parametrize("hubs", [None, {}, "x", [None], [{"type": "WebSub"}], [{"type": "WebSub", "url": "file:///x"}]])
def test_hub_that_makes_no_sense_is_none(hubs: object) -> None:
    assert read({"version": VERSION, "hubs": hubs, "expired": "yes", "items": []}).hints.hub is None
    assert not read({"version": VERSION, "hubs": hubs, "expired": "yes", "items": []}).hints.expired


@pytest.mark.parametrize(("given", "guid"), [("a7", "a7"), (7, "7"), (7.5, "7.5"), ("", None), (None, None), ({}, None)])
def test_id_may_be_a_number(given: object, guid: str | None) -> None:
    assert item(id=given, content_text="x").guid == guid


def test_own_address_outranks_the_one_it_points_to() -> None:
    assert item(url="/7", external_url="https://reef.example/").url == "https://cove.example/7"
    assert item(external_url="https://reef.example/").url == "https://reef.example/"


def test_attachment_is_no_page() -> None:
    assert item(content_text="x", attachments=[{"url": "https://cove.example/7.mp3", "mime_type": "audio/mpeg"}]).url is None


def test_plain_text_is_preferred_if_it_is_all_of_it() -> None:
    both = item(content_text="Envoys met.", content_html="<p>Envoys <b>met</b>.</p>")
    assert (both.content, both.content_type) == ("Envoys met.", ContentType.TEXT)
    more = item(content_text="Envoys met.", content_html="<p>Envoys met on Friday, and they spoke for two hours.</p>")
    assert more.content_type is ContentType.HTML


def test_summary_alone_is_not_the_whole() -> None:
    assert not item(url="/7", summary="Envoys met.").complete
    assert item(summary="Envoys met.").complete


def test_authors_are_those_of_the_item_else_of_the_feed() -> None:
    top = {"authors": [{"name": "The Desk"}, {"url": "https://cove.example/"}]}
    assert item(top, content_text="x").authors == ("The Desk",)
    assert item(top, content_text="x", authors=[{"name": "Ana"}, {"name": "Tom"}, {"name": "Ana"}]).authors == ("Ana", "Tom")
    assert item({"author": {"name": "Ana"}}, content_text="x").authors == ("Ana",)


def test_language_of_the_item_outranks_that_of_the_feed() -> None:
    assert item({"language": "en"}, content_text="x", language="mi").language == "mi"
    assert item({"language": "en"}, content_text="x").language == "en"


def test_title_is_one_line() -> None:
    assert item(title=" Envoys\n meet ").title == "Envoys meet"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\r\n  "])
def test_what_stands_before_the_feed_is_passed_over(mark: bytes) -> None:
    body = mark + json.dumps({"version": VERSION, "items": [{"content_text": "Ü"}]}, ensure_ascii=False).encode()
    (found,) = read_feed(Payload(body, "f")).entries
    assert isinstance(found, Document)
    assert found.content == "Ü"


def test_feed_without_its_version_is_read_where_a_feed_is_expected() -> None:
    assert len(read({"items": [{"content_text": "x"}]}, "application/feed+json").entries) == 1


@pytest.mark.parametrize(
    ("body", "reason", "says"),
    [
        (b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": "1"', "not-json", "column"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": 1,}]}', "not-json", "line 1"),
        (b'{"a":' * 100_000, "not-json", ""),
        (b'{"version": "https://jsonfeed.org/version/1"}', "not-a-feed", '"items"'),
        (b'{"error": "not found"}', "not-a-feed", '"items"'),
        (b'{"items": [{"id": ' + b"9" * 10_000 + b"}]}", "not-json", "digits"),
        (b'{"items": ["\xff\xfe\x00"]}', "binary", ""),
    ],
)
def test_broken_feed_is_rejected_with_the_reason(body: bytes, reason: str, says: str) -> None:
    (error,) = read_feed(Payload(body, "f")).entries
    assert isinstance(error, Rejected)
    assert error.reason == reason
    assert says in error.message
