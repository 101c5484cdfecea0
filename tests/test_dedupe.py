from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.dedupe import ID_CHARS, Kind, article_id, canonical, digest, is_same_page, names
from worker.model import ContentType, Document

SHARED = Path(__file__).parents[2] / "shared" / "feeds"
URL = "https://lagoon.example/2026/11/20/envoys"
TEXTS = st.text(max_size=60)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf8").split() if path.exists() else []


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


CANONICAL = {
    "dots in the path": ("https://lagoon.example/a/../b/./c", "lagoon.example/b/c"),
    "dots above the top": ("https://lagoon.example/../../a", "lagoon.example/a"),
    "escaped dots": ("https://lagoon.example/a/%2e%2e/b", "lagoon.example/b"),
    "doubled slashes": ("https://lagoon.example//a///b/", "lagoon.example/a/b/"),
    "needless escapes": ("https://lagoon.example/%7Euser/%61", "lagoon.example/~user/a"),
    "escapes in small letters": ("https://lagoon.example/caf%c3%a9", "lagoon.example/caf%C3%A9"),
    "unescaped letters": ("https://lagoon.example/café", "lagoon.example/caf%C3%A9"),
    "an escaped slash": ("https://lagoon.example/a%2fb", "lagoon.example/a%2Fb"),
    "a stray per cent": ("https://lagoon.example/100%", "lagoon.example/100%25"),
    "parameters in any order": ("https://lagoon.example/?b=2&a=1", "lagoon.example/?a=1&b=2"),
    "values of one name in theirs": ("https://lagoon.example/?a=2&a=1", "lagoon.example/?a=2&a=1"),
    "a parameter without value": ("https://lagoon.example/?12345", "lagoon.example/?12345"),
    "bytes that are no text": ("https://lagoon.example/?q=%e9", "lagoon.example/?q=%E9"),
    "a space": ("https://lagoon.example/?q=a%20b", "lagoon.example/?q=a+b"),
    "trackers": ("https://lagoon.example/a?utm_id=1&gclid=2&at_medium=3&id=4", "lagoon.example/a?id=4"),
    "an id that is no tracker": ("https://lagoon.example/?cid=7&gallery=3&p=1", "lagoon.example/?cid=7&gallery=3&p=1"),
    "an amp path": ("https://lagoon.example/story/amp", "lagoon.example/story"),
    "an amp folder": ("https://lagoon.example/story/amp/", "lagoon.example/story/"),
    "an amp parameter": ("https://lagoon.example/story?amp=1&id=2", "lagoon.example/story?id=2"),
    "a bare amp parameter": ("https://lagoon.example/story?amp", "lagoon.example/story"),
    "an amp that is none": ("https://lagoon.example/amplifier?amp=5", "lagoon.example/amplifier?amp=5"),
    "a host of another script": ("https://bücher.example/a", "xn--bcher-kva.example/a"),
    "a dot behind the host": ("https://lagoon.example./a", "lagoon.example/a"),
    "user and port": ("https://me:secret@lagoon.example:443/a", "lagoon.example/a"),
    "another port": ("https://lagoon.example:8443/a", "lagoon.example:8443/a"),
    "the host for small screens": ("https://m.lagoon.example/a", "m.lagoon.example/a"),
    "no address": ("urn:lagoon:7", "urn:lagoon:7"),
}


@pytest.mark.parametrize("name", CANONICAL)
def test_an_address_has_one_form(name: str) -> None:
    url, form = CANONICAL[name]
    assert canonical(url) == form


@given(
    st.builds(
        "https://lagoon.example/{}?{}".format,
        st.text(alphabet="ab/.%2e~Fé& +;", max_size=20),
        st.text(alphabet="abu_tm%e9=&+;~?é", max_size=20),
    )
)
def test_the_form_of_a_form_is_itself(url: str) -> None:
    form = canonical(url)
    assert canonical(f"https://{form}") == form


@pytest.mark.parametrize("line", _lines(SHARED / "courlan" / "tests" / "data" / "input.txt"))
def test_the_form_of_a_public_address_is_its_own(line: str) -> None:
    form = canonical(line)
    assert canonical(f"https://{form}") == form
    assert form.startswith(line.partition("://")[2].partition("/")[0])


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://m.lagoon.example/a", "https://www.lagoon.example/b", True),
        ("https://lagoon.example/a", "https://lagoon.example/", False),
        ("https://lagoon.example/a", "https://atoll.example/a", False),
        ("https://m.example/a", "https://www.example/a", False),
    ],
)
def test_pages_of_one_site_are_those_of_its_hosts(one: str, other: str, same: bool) -> None:
    assert is_same_page(one, other) is same
    assert is_same_page(other, one) is same


class TestNames:
    def test_a_guid_that_is_an_address_has_a_name_without_its_host(self) -> None:
        one = names(document(guid="http://lagoon.example/?p=12345", source="s"), Kind.GUID)
        two = names(document(guid="https://atoll.example/?p=12345", source="s"), Kind.GUID)
        assert one[0] != two[0]
        assert one[1] == two[1]

    def test_a_short_path_is_no_name(self) -> None:
        assert len(names(document(guid="http://lagoon.example/news"), Kind.GUID)) == 1

    def test_a_tag_has_a_name_without_its_authority(self) -> None:
        one = names(document(guid="tag:lagoon.example,2005:post-1234567"), Kind.GUID)
        two = names(document(guid="tag:atoll.example,2026-01-01:post-1234567"), Kind.GUID)
        assert set(one) & set(two)

    def test_names_of_one_kind_are_none_of_another(self) -> None:
        entry = document(url=URL, guid=URL, title=URL)
        found = [name for kind in (Kind.GUID, Kind.URL, Kind.TITLE) for name in names(entry, kind)]
        assert len(set(found)) == len(found)

    @given(TEXTS, TEXTS, TEXTS)
    def test_whatever_it_is_given_it_has_names(self, url: str, guid: str, title: str) -> None:
        for kind in Kind:
            assert all(len(name) == ID_CHARS for name in names(document(url=url, guid=guid, title=title), kind))


def test_an_id_is_made_of_the_first_name_that_can_be_trusted() -> None:
    entry = document(url=URL, guid="1", title="T", source="lagoon")
    assert article_id(entry, {Kind.URL}) == article_id(document(guid="1", source="lagoon"))
    assert article_id(entry, {Kind.URL, Kind.GUID}) != article_id(document(url=URL, title="U"), {Kind.URL, Kind.GUID})
    assert article_id(entry, set(Kind)) == article_id(document(title="T"))


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
