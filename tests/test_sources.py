"""The contract that every kind of source keeps, and the choice between them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.errors import Misconfigured, Rejected
from worker.sources import Payload, kinds, read_payload, reader, sniff

FIXTURES = Path(__file__).parent / "fixtures"

BYTES = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=100).map(str.encode),
    st.sampled_from(
        [
            b"/etc/passwd",
            b"http://169.254.169.254/latest/meta-data",
            b"file:///etc/passwd",
            b"<rss><channel><item>",
            b'{"version": "https://jsonfeed.org/version/1", "items": [{}]}',
            b"[" * 5000,
            b'{"a":' * 5000,
            b"---\n---\n",
            b"Title: x\n\n",
            b"\xef\xbb\xbf",
            b"\xff\xfe<\x00r\x00s\x00s\x00>\x00",
            b"<?xml version='1.0' encoding='nonsense'?><rss><channel><title>x</title></channel></rss>",
            b"<!DOCTYPE " * 500,
        ]
    ),
)


def load(path: str) -> Payload:
    return Payload(body=(FIXTURES / path).read_bytes(), name=path)


@pytest.mark.parametrize("kind", kinds())
def test_kind_names_a_module_with_fit_and_read(kind: str) -> None:
    assert callable(reader(kind))
    payload = Payload(body=b"Some words.", name="x")
    assert sniff(payload) in kinds()


@pytest.mark.parametrize("kind", kinds())
@settings(max_examples=60)
@given(body=BYTES, content_type=st.sampled_from([None, "text/html; charset=utf-16", "application/json", "text/xml"]))
def test_any_bytes_become_documents_or_rejections(kind: str, body: bytes, content_type: str | None) -> None:
    for item in read_payload(Payload(body=body, name="some/file", content_type=content_type), kind):
        if isinstance(item, Rejected):
            assert item.stage == "read"
            assert item.reason
            assert item.source == "some/file"
            assert item.message.startswith("some/file: ")
        else:
            assert "root:" not in item.content
            assert item.model_dump_json()


@settings(max_examples=60)
@given(body=BYTES)
def test_any_bytes_have_a_kind(body: bytes) -> None:
    assert sniff(Payload(body=body, name="x")) in kinds()


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("feeds/full-and-summary.rss", "feed"),
        ("feeds/entries.atom", "feed"),
        ("feeds/items.rdf", "feed"),
        ("feeds/no-feed.xml", "feed"),
        ("feeds/windows-1251.rss", "feed"),
        ("feeds/version-1.1.json", "jsonfeed"),
        ("files/records.jsonl", "jsonl"),
        ("files/header.txt", "text"),
        ("files/heading.md", "markdown"),
        ("files/front-matter.md", "markdown"),
        ("pages/article.html", "html"),
        ("files/binary.bin", "text"),
    ],
)
def test_kind_is_found_by_content_and_name(path: str, kind: str) -> None:
    assert sniff(load(path)) == kind


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("feeds/full-and-summary.rss", "feed"),
        ("feeds/version-1.1.json", "jsonfeed"),
        ("files/records.jsonl", "jsonl"),
        ("pages/article.html", "html"),
    ],
)
def test_content_outranks_content_type_and_name(path: str, kind: str) -> None:
    for content_type in ("text/plain", "text/html", "text/xml", "application/json", "text/markdown"):
        payload = Payload(body=(FIXTURES / path).read_bytes(), name="page.txt", content_type=content_type)
        assert sniff(payload) == kind


def test_content_type_outranks_name() -> None:
    assert sniff(Payload(body=b"<p>fragment</p>", name="https://x.example/a.md", content_type="text/html")) == "html"


def test_name_is_read_without_the_query() -> None:
    assert sniff(Payload(body=b"words", name="https://x.example/notes.md?raw=1")) == "markdown"


def test_markup_is_recognised_behind_comments_and_in_utf_16() -> None:
    page = "<!-- a --><!-- b -->\n<!DOCTYPE html>\n<html></html>"
    assert sniff(Payload(body=page.encode(), name="x")) == "html"
    assert sniff(Payload(body=page.encode("utf-16"), name="x")) == "html"


def test_hostile_prolog_is_passed_over_quickly() -> None:
    assert sniff(Payload(body=b"<?a?>" * 100_000, name="x")) == "text"
    assert sniff(Payload(body=b"<!DOCTYPE a [" + b"] " * 100_000, name="x")) == "text"


def test_empty_payload_is_one_rejection() -> None:
    for body in (b"", b" \r\n\t"):
        (item,) = read_payload(Payload(body=body, name="nothing.txt"))
        assert isinstance(item, Rejected)
        assert item.reason == "empty"


def test_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(Misconfigured) as caught:
        reader("feeds")
    assert "did you mean 'feed'" in caught.value.message
    assert all(kind in caught.value.message for kind in kinds())


def test_kind_may_be_code_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outside_kind.py").write_text("def read(payload):\n    yield payload.name\n")
    monkeypatch.syspath_prepend(tmp_path)
    (item,) = reader("outside_kind:read")(Payload(body=b"x", name="here"))
    assert str(item) == "here"


@pytest.mark.parametrize("kind", ["no_such_package:read", "json:no_such_function", ":", "json:"])
def test_missing_code_from_elsewhere_is_a_configuration_error(kind: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        reader(kind)
    assert kind in caught.value.message


def test_feed_in_the_body_of_a_page_is_a_feed_and_a_page_about_feeds_is_a_page() -> None:
    feed = b'<html><body><feed xmlns="http://www.w3.org/2005/Atom"><entry><title>One</title></entry></feed></body></html>'
    page = b"<html><body><p>A feed begins with &lt;rss version=&quot;2.0&quot;&gt; or <code><feed></code>.</p></body></html>"
    assert (sniff(Payload(body=feed, name="a")), sniff(Payload(body=page, name="b"))) == ("feed", "html")
