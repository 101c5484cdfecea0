"""What an edit is: other words, not other signs; and what it changed, by paragraphs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.dedupe.revisions import MAX_CHANGES, MAX_CHARS, changes, is_shrunk, is_stamp, wording
from worker.model import TextChange

LONG = " ".join(f"word{n}" for n in range(90))
PARAGRAPHS = st.lists(st.text(alphabet="abc de.", min_size=1, max_size=30), max_size=8)


@pytest.mark.parametrize(
    "line",
    [
        "Updated 12:30 GMT",
        "Last modified on 3 May 2026 at 09:15",
        "Published: Nov 24, 2026, 9:30 AM EST | Updated: Nov 24, 2026, 10:05 AM EST",
        "Posted 2 hours ago",
        "Tue 24 Nov 2026 14.05 GMT",
        "First published on Tue 24 Nov 2026 06.00 GMT",
        "5 min read, updated 3 hours ago",
    ],
)
def test_a_line_that_tells_when_it_was_touched_is_a_stamp(line: str) -> None:
    assert is_stamp(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "On 3 May 2026 the truce ended.",
        "Five people were killed at 12:30.",
        "The talks were on Monday.",
        "Updated",
        "3 May 2026",
        "The ministry published 12 names.",
        "1,204",
    ],
)
def test_a_line_that_tells_anything_else_is_none(line: str) -> None:
    assert not is_stamp(line)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Two words.\n\nTwo more.", "Two  words. Two\r\nmore."),
        ("“We said ‘no’ – twice”", "\"We said 'no' - twice\""),
        ("It was his—and hers… now", "It was his -- and hers... now"),
        ("co\u00adoperation\u00a0now", "cooperation now"),
        ("One.\nUpdated 12:30 GMT\nTwo.", "One.\nTwo.\nUpdated 13:05 GMT"),
        ("\ufb01ve tons", "five tons"),
    ],
)
def test_signs_spaces_and_stamps_are_no_wording(before: str, after: str) -> None:
    assert wording("T", before) == wording("T", after)


@pytest.mark.parametrize(
    "after", ["Three were killed", "Two were hurt", "two were killed", "Two were killed.", "Were two killed"]
)
def test_any_other_word_is_another_wording(after: str) -> None:
    assert wording("T", "Two were killed") != wording("T", after)
    assert wording("T", "Two were killed") != wording("U", "Two were killed")


def test_the_line_between_headline_and_text_counts() -> None:
    assert wording("a b", "c") != wording("a", "b c")


@pytest.mark.parametrize(
    ("after", "shrunk"),
    [
        ("Subscribe to read on.", True),
        (" ".join(LONG.split()[:29]), True),
        (" ".join(LONG.split()[:31]), False),
        ("This report was withdrawn.", False),
        ("Correction: the figures were of last year.", False),
        (LONG + " more", False),
    ],
)
def test_a_stub_is_what_is_much_shorter_and_corrects_nothing(after: str, shrunk: bool) -> None:
    assert is_shrunk(len(LONG.split()), after) is shrunk


def test_a_brief_may_become_briefer() -> None:
    assert not is_shrunk(12, "Two were killed.")
    assert not is_shrunk(0, "Two were killed.")


def test_paragraphs_are_replaced_removed_and_added() -> None:
    before = "The first one stays.\n\nThe second has three dead.\n\nThe third one goes away."
    after = "The first one stays.\n\nNow something else altogether.\n\nThe second has five dead."
    assert changes(before, after) == (
        TextChange(after="Now something else altogether."),
        TextChange(before="The second has three dead.", after="The second has five dead."),
        TextChange(before="The third one goes away."),
    )


def test_changes_are_bounded_in_number_and_length() -> None:
    before = "\n\n".join(f"old {n} " + "x" * 5_000 for n in range(300))
    after = "\n\n".join(f"new {n} " + "y" * 5_000 for n in range(300))
    found = changes(before, after)
    assert len(found) == MAX_CHANGES
    assert all(len(text) <= MAX_CHARS for change in found for text in (change.before, change.after) if text)


@given(PARAGRAPHS)
def test_the_same_paragraphs_are_no_change(paragraphs: list[str]) -> None:
    assert changes("\n\n".join(paragraphs), "\n".join(f" {line} " for line in paragraphs)) == ()


@given(PARAGRAPHS, PARAGRAPHS)
def test_every_change_is_of_a_paragraph_of_either_text(before: list[str], after: list[str]) -> None:
    old = {" ".join(line.split()) for line in "\n".join(before).split("\n")}
    new = {" ".join(line.split()) for line in "\n".join(after).split("\n")}
    for change in changes("\n\n".join(before), "\n\n".join(after)):
        assert change.before is None or " ".join(change.before.split()) in old
        assert change.after is None or " ".join(change.after.split()) in new
        assert change.before != change.after
