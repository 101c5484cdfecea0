from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import Rejected
from worker.model import ContentType, Document, PublishedFrom
from worker.sources import Payload, jsonl, read_payload, sniff

FIXTURES = Path(__file__).parent / "fixtures"
VERSION = "https://jsonfeed.org/version/1.1"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def lines(body: str | bytes, **values: str | None) -> list[Document | Rejected]:
    raw = body if isinstance(body, bytes) else body.encode()
    return list(read_payload(Payload(body=raw, name="wire.jsonl", **values), "jsonl"))


def document(item: Document | Rejected) -> Document:
    assert isinstance(item, Document), item
    return item


# ---------------------------------------------------------------- JSON lines


def test_lines_keep_their_order_and_bad_ones_stand_in_their_place() -> None:
    items = lines((FIXTURES / "files" / "records.jsonl").read_bytes())
    assert [item.reason if isinstance(item, Rejected) else item.id for item in items] == [
        "a-1",
        "not-json",
        "not-an-object",
        "no-text",
        "4",
        "a-5",
    ]


def test_bad_line_names_file_and_line_number() -> None:
    items = lines((FIXTURES / "files" / "records.jsonl").read_bytes())
    errors = [item for item in items if isinstance(item, Rejected)]
    assert [error.message.split(": ")[:2] for error in errors] == [
        ["wire.jsonl", "line 2"],
        ["wire.jsonl", "line 3"],
        ["wire.jsonl", "line 5"],
    ]
    assert [error.article for error in errors] == [None, None, "a-3"]


def test_line_carries_all_that_it_says() -> None:
    assert lines((FIXTURES / "files" / "records.jsonl").read_bytes())[0] == Document(
        content="The first text.",
        id="a-1",
        url="https://lagoon.example/1",
        title="First",
        authors=("Mele Tonga",),
        published="2026-11-20T10:00:00Z",
        published_from=PublishedFrom.GIVEN,
        source="Lagoon Wire",
        language="en",
    )


def test_html_is_taken_where_there_is_no_text() -> None:
    item = document(lines((FIXTURES / "files" / "records.jsonl").read_bytes())[4])
    assert (item.content_type, item.published) == (ContentType.HTML, "2025-11-20T10:00:00Z")
    assert document(lines('{"text": "plain", "html": "<p>marked</p>"}')[0]).content == "plain"


def test_half_a_surrogate_pair_is_replaced() -> None:
    item = document(lines((FIXTURES / "files" / "records.jsonl").read_bytes())[5])
    assert item.content == "Half a pair: \ufffd."
    assert (item.published, item.published_from) == (None, None)


def test_one_object_over_several_lines_is_one_document() -> None:
    (item,) = lines(json.dumps({"id": "a", "text": "Some text."}, indent=2))
    assert document(item).id == "a"


def test_byte_order_mark_and_windows_line_ends_do_no_harm() -> None:
    items = lines(b'\xef\xbb\xbf{"id": "a", "text": "x"}\r\n\r\n{"id": "b", "text": "y"}\r\n')
    assert [document(item).id for item in items] == ["a", "b"]


def test_operator_and_file_name_are_the_source_where_a_line_names_none() -> None:
    assert document(lines('{"text": "x"}')[0]).source == "wire.jsonl"
    assert document(lines('{"text": "x", "source": "own"}', source="mine", language="en")[0]).source == "mine"


@pytest.mark.parametrize(
    "line", ['{"text": 1.5}', '{"text": ["x"]}', '{"text": " "}', '{"text": true}', "{}", '{"text": null}']
)
def test_text_must_be_text(line: str) -> None:
    (item,) = lines(line)
    assert isinstance(item, Rejected)
    assert item.reason == "no-text"


@pytest.mark.parametrize(
    "line", [b"{" * 100_000, b'{"text": "\xff"}', b"nul", b'{"a": 1e9999999}x', b'{"n": ' + b"9" * 5000 + b"}"]
)
def test_line_that_is_no_json_is_a_rejection(line: bytes) -> None:
    first, second = lines(line + b'\n{"id": "good", "text": "x"}')
    assert isinstance(first, Rejected)
    assert first.reason == "not-json"
    assert document(second).id == "good"


def test_overlong_id_is_refused() -> None:
    (item,) = lines(json.dumps({"id": "x" * 2000, "text": "y"}))
    assert isinstance(item, Rejected)
    assert item.reason == "id"


@given(st.lists(JSON, max_size=5))
def test_every_line_gives_exactly_one_item(values: list[Any]) -> None:
    body = "\n".join(json.dumps(value) for value in values)
    if values:
        assert len(lines(body)) == len(values)


@given(
    st.dictionaries(st.sampled_from(["id", "text", "title", "published", "url", "language", "source", "authors", "html"]), JSON)
)
def test_any_values_in_a_line_are_survived(value: dict[str, Any]) -> None:
    (item,) = lines(json.dumps(value))
    assert isinstance(item, Document | Rejected)


# ---------------------------------------------------------------- JSON Feed


def feed(value: object) -> list[Document | Rejected]:
    return list(read_payload(Payload(body=json.dumps(value).encode(), name="f", url="https://cove.example/f"), "jsonfeed"))


def test_feed_items_carry_all_that_they_say() -> None:
    body = (FIXTURES / "feeds" / "version-1.1.json").read_bytes()
    full, summary, text, broken = read_payload(Payload(body=body, name="f", url="https://cove.example/feed.json"))
    assert full == Document(
        content="<p>The bridge opened.</p>",
        content_type=ContentType.HTML,
        guid="7",
        url="https://cove.example/7",
        title="Bridge opens",
        authors=("Rua Kapa",),
        published="2026-11-17T06:00:00+13:00",
        published_from=PublishedFrom.FEED,
        updated="2026-11-17T08:00:00+13:00",
        source="Cove Report",
        language="en-NZ",
    )
    assert not document(summary).complete
    assert document(summary).url == "https://cove.example/8"
    assert document(summary).authors == ("The Desk",)
    assert document(text).content == "Text & nothing < else."
    assert document(text).complete
    assert isinstance(broken, Rejected)
    assert broken.reason == "not-an-object"


@pytest.mark.parametrize("value", [[], "x", {"version": VERSION}, {"version": VERSION, "items": {}}, 7, None])
def test_json_that_is_no_feed_is_one_rejection(value: object) -> None:
    (item,) = feed(value)
    assert isinstance(item, Rejected)
    assert item.reason == "not-a-feed"


def test_version_1_0_author_is_read() -> None:
    (item,) = feed({"version": VERSION, "items": [{"id": "1", "content_text": "x", "author": {"name": "A B"}}]})
    assert document(item).authors == ("A B",)


@given(
    JSON, st.dictionaries(st.sampled_from(["id", "url", "title", "content_html", "content_text", "summary", "authors"]), JSON)
)
def test_any_values_in_a_feed_are_survived(top: Any, item: dict[str, Any]) -> None:
    results = feed({"version": VERSION, "title": top, "authors": top, "items": [item, top]})
    assert len(results) == 2


def test_kind_of_a_line_too_long_to_be_parsed_twice_is_told_by_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "_parsed", lambda line: pytest.fail(f"parsed {len(line)} bytes"))
    assert sniff(Payload(body=b'{"a":[' + b"{}," * 500_000 + b"{}]}", name="-")) == "jsonl"
