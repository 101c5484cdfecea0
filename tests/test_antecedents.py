"""Parties that a clause leaves unsaid are those that the article has told before, and only where a reader would take them."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.model import Article


def told(extractor: Extractor, text: str, kind: str) -> list[str]:
    events = extractor.extract(Article(id="a", text=text, published="2025-06-01")).events
    sides = [(e.actors, e.recipients) for e in events if e.type == kind]
    return [" -> ".join("+".join(a.code or "?" for a in s) for s in both) for both in sides]


@pytest.mark.parametrize(
    ("text", "kind", "sides"),
    [
        ("North Korea fired two missiles on Friday. France condemned the launches.", "ACCUSE", "FRA -> PRK"),
        ("Chad attacked a village in Libya. Egypt denounced the attack as unjustified.", "ACCUSE", "EGY -> TCD"),
        ("Oman freed two Danish sailors. Denmark welcomed the release.", "SUPPORT", "DNK -> OMN"),
        ("Sweden delivered tanks to Ukraine. The Netherlands gave 50 million euros.", "AID", "NLD -> UKR"),
        ("Kenya asked for emergency aid. Japan promised 200 tents.", "AGREE", "JPN -> KEN"),
    ],
)
def test_a_reaction_is_to_the_doer_and_help_for_the_one_in_need(extractor: Extractor, text: str, kind: str, sides: str) -> None:
    assert sides in told(extractor, text, kind)


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("Twelve people were arrested in Kanpur, police said.", "IND COP -> IND CVL"),
        ("Police raided three houses in Kanpur. Fourteen people were arrested.", "IND COP -> IND CVL"),
        ("Twelve people were arrested in Kanpur, a lawyer said.", " -> IND CVL"),
    ],
)
def test_arrests_that_the_police_tell_of_are_theirs(extractor: Extractor, text: str, sides: str) -> None:
    assert sides in told(extractor, text, "COERCE")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        # no definite noun, another deed, the doer's own deed, told after it, too far away
        ("North Korea fired two missiles on Friday. France condemned violence.", "ACCUSE"),
        ("North Korea fired two missiles on Friday. France condemned the coup.", "ACCUSE"),
        ("France attacked a village in Chad. France condemned the attack.", "ACCUSE"),
        ("France condemned the attack. Later Chad attacked a village in Libya.", "ACCUSE"),
        (
            "Sweden delivered tanks to Ukraine. " + "It rained in the north. " * 4 + "The Netherlands gave 50 million euros.",
            "AID",
        ),
    ],
)
def test_nobody_is_put_in_where_nothing_points_back(extractor: Extractor, text: str, kind: str) -> None:
    assert [
        sides for sides in told(extractor, text, kind) if sides.startswith(("FRA", "NLD")) and not sides.endswith("-> ")
    ] == []


@pytest.mark.parametrize(
    ("text", "kind", "sides"),
    [
        ("Cyprus accused Lebanon of delays. Lebanon rejected this account.", "REJECT", "LBN -> CYP"),
        ("Peru returned 60 masks to Bolivia on Friday. It apologised for the theft.", "CONCEDE", "PER -> BOL"),
        ("Chile sued Peru in May. In Lima a Chilean minister praised his hosts on Friday.", "SUPPORT", "CHL GOV -> PER"),
        ("Fiji and Samoa met in Apia. Samoa dropped its demand for a quota.", "CONCEDE", "WSM -> FJI"),
    ],
)
def test_of_two_that_deal_with_each_other_the_other_is_meant(extractor: Extractor, text: str, kind: str, sides: str) -> None:
    assert sides in told(extractor, text, kind)


def test_who_speaks_to_both_sides_is_neither(extractor: Extractor) -> None:
    text = "Thailand shelled a village in Cambodia. The United States urged both sides to talk."
    assert told(extractor, text, "REQUEST") == ["USA -> KHM+THA"]
