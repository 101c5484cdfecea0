from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.dedupe import ID_CHARS, article_id, canonical, digest
from worker.model import ContentType, Document

URL = "https://lagoon.example/2026/11/20/envoys"
TEXTS = st.text(max_size=60)


def document(content: str = "Some text.", **values: str | None) -> Document:
    return Document(content=content, **values)


def test_given_id_is_kept_whatever_else_is_known() -> None:
    assert article_id(document(id="their/id 7", url=URL, guid="g")) == "their/id 7"


def test_address_outranks_guid_and_text() -> None:
    assert article_id(document("a", url=URL, guid="1")) == article_id(document("b", url=URL, guid="2"))


def test_guids_are_told_apart_by_source() -> None:
    assert article_id(document(guid="1", source="a")) != article_id(document(guid="1", source="b"))
    assert article_id(document("x", guid="1", source="a")) == article_id(document("y", guid="1", source="a"))


def test_text_without_anything_else_is_its_own_identity() -> None:
    assert article_id(document("Some  text.\r\n")) == article_id(document("Some text."))
    assert article_id(document("Some text.")) != article_id(document("Some other text."))


def test_summary_and_page_of_an_entry_are_one_article() -> None:
    summary = document("Short.", url=URL, guid="1")
    page = summary.model_copy(update={"content": "<html>", "content_type": ContentType.HTML, "complete": True})
    assert article_id(summary) == article_id(page)


@pytest.mark.parametrize(
    "other",
    [
        "http://lagoon.example/2026/11/20/envoys",
        "https://LAGOON.example/2026/11/20/envoys",
        "https://lagoon.example:443/2026/11/20/envoys",
        "https://lagoon.example/2026/11/20/envoys#top",
        "https://lagoon.example/2026/11/20/envoys?utm_source=rss&utm_medium=feed",
        "https://lagoon.example/2026/11/20/envoys?fbclid=abc",
    ],
)
def test_spellings_of_an_address_are_one_article(other: str) -> None:
    assert article_id(document(url=other)) == article_id(document(url=URL))


@pytest.mark.parametrize("other", [URL + "?id=2", URL + "-2", "https://atoll.example/2026/11/20/envoys", URL + "?page=2"])
def test_other_addresses_are_other_articles(other: str) -> None:
    assert article_id(document(url=other)) != article_id(document(url=URL))


@given(TEXTS)
def test_scheme_never_makes_another_article(rest: str) -> None:
    assert canonical(f"http://lagoon.example/{rest}") == canonical(f"https://lagoon.example/{rest}")


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_id_is_hex_of_one_length_and_never_changes(content: str, url: str, guid: str, source: str) -> None:
    made = document(content, url=url or None, guid=guid or None, source=source or None)
    name = article_id(made)
    assert len(name) == ID_CHARS
    assert int(name, 16) >= 0
    assert article_id(Document.model_validate_json(made.model_dump_json())) == name


@given(
    st.lists(st.text(alphabet="abcé", min_size=1, max_size=5), min_size=1), st.sampled_from([" ", "\n", "\r\n", "\t ", "  "])
)
def test_digest_ignores_spaces_and_nothing_else(words: list[str], space: str) -> None:
    assert digest(None, space.join(words)) == digest("", f" {' '.join(words)}\n")
    assert digest(None, " ".join(words)) != digest(None, " ".join([*words, "more"]))
    assert digest("title", " ".join(words)) != digest(None, " ".join(words))


def test_ids_are_what_they_have_always_been() -> None:
    """Another value would publish everything again."""
    assert article_id(document(url=URL)) == "f3186eb1a24e6f1b8e7a"
    assert article_id(document(guid="1", source="lagoon")) == "bf0de37e056900e451e1"
    assert article_id(document("Some text.")) == "82ec2ea08c223eba2a74"
