"""A kind of name is trusted while at most one in twenty is of two articles."""

from __future__ import annotations

import pytest
from offering import document

from worker.dedupe import Kind
from worker.dedupe.trust import MOST_CHECKED, Trust, clashes
from worker.model import Document


def poll(number: int = 20, **values: str | None) -> list[Document]:
    return [document(f"Text number {n}.", n, **values) for n in range(number)]


def trust(entries: list[Document]) -> Trust:
    return Trust().after(entries, clashes(entries))


def test_a_feed_with_good_names_is_trusted_with_all() -> None:
    assert not trust(poll()).doubtful


@pytest.mark.parametrize("guid", ["the same", "https://harbour.example/", "http://harbour.example"])
def test_a_guid_that_all_entries_have_is_not_trusted(guid: str) -> None:
    assert trust(poll(guid=guid)).doubtful == {Kind.GUID}


def test_an_address_that_all_entries_have_is_not_trusted() -> None:
    assert Kind.URL in trust(poll(url="https://harbour.example/news")).doubtful
    assert Kind.GUID not in trust(poll(url="https://harbour.example/news")).doubtful


def test_one_bad_guid_of_forty_spoils_no_other() -> None:
    entries = [*poll(38), document("One.", 50, guid="x"), document("Two.", 51, guid="x")]
    bad = clashes(entries)
    assert [kinds for kinds in bad if kinds] == [{Kind.GUID}] * 2
    assert not Trust().after(entries, bad).doubtful


def test_three_bad_guids_of_forty_do() -> None:
    entries = [*poll(37), *(document(f"Text {n}", 50 + n, guid="x") for n in range(3))]
    assert trust(entries).doubtful == {Kind.GUID}


def test_an_entry_that_is_listed_twice_is_no_clash() -> None:
    assert clashes([document("Text.", 1), document("Text.", 1)]) == [frozenset()] * 2
    assert clashes([document("Text.", 1), document("Text, edited.", 1)]) == [frozenset()] * 2
    assert clashes([document("Text.", 1, url="https://harbour.example/a"), document("Text.", 1)]) == [frozenset()] * 2


def test_headlines_that_repeat_at_one_address_are_not_trusted_either() -> None:
    entries = poll(url="https://harbour.example/", guid=None, title="Live")
    assert trust(entries).doubtful == {Kind.URL, Kind.TITLE}


def test_names_that_are_good_again_are_trusted_again() -> None:
    found = trust(poll(guid="the same"))
    for _ in range(200):
        found = found.after(poll(), clashes(poll()))
    assert not found.doubtful
    assert found.checked[Kind.GUID] <= MOST_CHECKED


def test_trust_survives_being_kept() -> None:
    found = trust(poll(guid="the same"))
    assert Trust.model_validate_json(found.model_dump_json()).doubtful == found.doubtful
