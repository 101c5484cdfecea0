"""The coder's laws: what becomes an event, of which type, and what does not."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.model import Actor, Article, Event


def code(extractor: Extractor, text: str) -> tuple[Event, ...]:
    return extractor.extract(Article(id="a", text=text, published="2025-06-01")).events


def side(actors: tuple[Actor, ...]) -> str:
    return " + ".join(a.code or f"~{a.name}" for a in actors) or "-"


def brief(event: Event) -> str:
    return f"{event.type} {side(event.actors)} > {side(event.recipients)} {event.polarity} {event.modality}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Grammar, not word order
        ("Norway delivered tanks to Ukraine.", "AID NOR > UKR affirmed actual"),
        ("Tanks were delivered to Ukraine by Norway.", "AID NOR > UKR affirmed actual"),
        ("Ukraine received tanks from Norway.", "AID NOR > UKR affirmed actual"),
        ("Norway, which delivered tanks to Ukraine, borders Russia.", "AID NOR > UKR affirmed actual"),
        ("Kenya and Ghana condemned Sudan.", "ACCUSE KEN + GHA > SDN affirmed actual"),
        ("Leaders like Viktor Orban and Robert Fico met in Vienna.", "CONSULT HUN GOV + SVK GOV > - affirmed actual"),
        # The world in which it happens
        ("Norway will deliver tanks to Ukraine.", "AGREE NOR > UKR affirmed promised"),
        ("Norway promised to deliver tanks to Ukraine.", "AGREE NOR > UKR affirmed promised"),
        ("Norway plans to deliver tanks to Ukraine.", "AGREE NOR > UKR affirmed intended"),
        ("Norway has not delivered the tanks to Ukraine.", "AID NOR > UKR negated actual"),
        ("Norway failed to deliver the tanks to Ukraine.", "AID NOR > UKR negated actual"),
        ("Norway refused to deliver tanks to Ukraine.", "REJECT NOR > UKR affirmed actual"),
        ("Norway urged Sweden to deliver tanks to Ukraine.", "REQUEST NOR > SWE affirmed actual"),
        ("Iran threatened to attack Israel.", "THREATEN IRN > ISR affirmed threatened"),
        ("Chad accused Libya of attacking a village.", "ACCUSE TCD > LBY affirmed actual"),
        ("Spain said Israel must end the siege.", "REQUEST ESP > ISR affirmed actual"),
        ("Chad will not meet Libya.", "REJECT TCD > LBY affirmed actual"),
        ("Egypt announced the arrest of two Israeli spies.", "COERCE EGY > ISR SPY affirmed actual"),
        ("President Macron met Prime Minister Meloni in Rome.", "CONSULT FRA GOV + ITA GOV > - affirmed actual"),
        # Restraint
        ("An earthquake killed twenty people in Turkey.", None),
        ("Talks between Chile and Peru collapsed.", None),
        ("Norway may deliver tanks to Ukraine.", None),
        ("If Norway delivers tanks to Ukraine, the war may end.", None),
        ("Norway denied that it had delivered tanks to Ukraine.", None),
        ("Norway has to find a way to deliver tanks to Ukraine.", None),
        ("The committee delivered its report to the council.", None),
        ("Rain fell on the hills and the river rose.", None),
        ("Norway's role has never seemed more important.", None),
        ("The minister said the weather was fine in Norway.", None),
    ],
)
def test_a_sentence_is_coded_as_a_reader_would(extractor: Extractor, text: str, expected: str | None) -> None:
    found = [brief(e) for e in code(extractor, text)]
    assert found == ([] if expected is None else [expected])


def test_the_maker_of_a_weapon_is_not_its_user(extractor: Extractor) -> None:
    events = code(extractor, "Iran's deadly Shahed drones struck Ukrainian cities overnight.")
    assert [brief(e) for e in events] == ["ASSAULT - > UKR affirmed actual"]


def test_one_happening_told_with_two_words_is_one_event(extractor: Extractor) -> None:
    events = code(extractor, "Russian strikes hit the Ukrainian city of Sumy, killing three civilians.")
    assert [brief(e) for e in events] == ["ASSAULT RUS > UKR affirmed actual"]


def test_an_id_does_not_depend_on_what_else_the_article_holds_after_it(extractor: Extractor) -> None:
    first = code(extractor, "Norway delivered tanks to Ukraine.")
    more = code(extractor, "Norway delivered tanks to Ukraine. Chad condemned Libya.")
    assert first[0].id == more[0].id
    assert len({e.id for e in more}) == 2
