"""Users who bring their own actors get what one did to the other."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor


def places(text: str, source: str, target: str | None) -> tuple[tuple[int, int], tuple[int, int] | None]:
    start = text.index(source)
    second = text.index(target) if target else None
    return (start, start + len(source)), (second, second + len(str(target))) if second is not None else None


@pytest.mark.parametrize(
    ("text", "source", "target", "expected"),
    [
        ("Norway delivered tanks to Ukraine on Monday.", "Norway", "Ukraine", "AID"),
        ("The Blue Council condemned the Red Front.", "The Blue Council", "the Red Front", "ACCUSE"),
        ("The Red Front was condemned by the Blue Council.", "the Blue Council", "The Red Front", "ACCUSE"),
        ("Chad met Niger in Paris, and Mali condemned Niger.", "Mali", "Niger", "ACCUSE"),
        ("Police arrested two drivers.", "Police", "two drivers", "COERCE"),
        ("The minister resigned.", "The minister", None, "RETREAT"),
        ("Norway and Ukraine have long coasts.", "Norway", "Ukraine", None),
    ],
)
def test_a_pair_gets_the_event_between_the_two(
    extractor: Extractor, text: str, source: str, target: str | None, expected: str | None
) -> None:
    event = extractor.code_pair(text, *places(text, source, target))
    assert (event.type.value if event else None) == expected


def test_answers_come_in_the_order_of_the_rows(extractor: Extractor) -> None:
    texts = ["Norway delivered tanks to Ukraine.", "Norway and Ukraine have long coasts.", "Norway condemned Ukraine."] * 30
    rows = [{"text": t, "source": (0, 6), "target": (t.index("Ukraine"), t.index("Ukraine") + 7)} for t in texts]
    types = [event.type.value if event else None for event in extractor.code_pairs(rows)]  # type: ignore[arg-type]
    assert types == ["AID", None, "ACCUSE"] * 30


def test_a_place_outside_the_text_gives_no_event(extractor: Extractor) -> None:
    assert extractor.code_pair("Rain fell.", (100, 120), None) is None
