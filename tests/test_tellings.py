"""One happening that an article tells several times is one event; two happenings are two."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.model import Article, Event, EventType


def events(extractor: Extractor, text: str, kind: EventType) -> list[Event]:
    found = extractor.extract(Article(id="a", text=text, published="2025-03-12", language="en")).events
    return [event for event in found if event.type is kind]


ONE = {
    "an outcome told of the attack": (
        "Russian drones attacked Odesa overnight, officials said. The attack killed three people and wounded nine.",
        *(EventType.ASSAULT, 1),
    ),
    "outcomes of a strike, in two sentences": (
        "Sudanese warplanes bombed a market in Nyala on Monday. The strike killed 12 people. The raid also destroyed a clinic.",
        *(EventType.ASSAULT, 2),
    ),
    "an outcome that the attack left": (
        "A gunman opened fire on Kenyan police in Mombasa on Monday. The attack left two officers wounded.",
        *(EventType.ASSAULT, 1),
    ),
    "a meeting that goes on": (
        "Finnish President Aino Lehto met Estonian Prime Minister Mart Kask in Tallinn. The meeting lasted two hours.",
        *(EventType.CONSULT, 1),
    ),
    "the noun that is built from the verb": (
        "Morocco condemned Algeria over the border closure on Monday. The condemnation was read out on television.",
        *(EventType.ACCUSE, 1),
    ),
    "the same verb with fewer parties": (
        "Sweden delivered forty armoured vehicles to Ukraine on Monday. Sweden delivered the vehicles by rail.",
        *(EventType.AID, 1),
    ),
    "the same arrest with its number": (
        "Police in Tunis arrested three protesters on Tuesday. The arrests came after a rally at the port.",
        *(EventType.COERCE, 1),
    ),
}


@pytest.mark.parametrize("name", ONE)
def test_one_happening_told_again_is_one_event(extractor: Extractor, name: str) -> None:
    text, kind, tellings = ONE[name]
    (event,) = events(extractor, text, kind)
    assert len(event.tellings) == tellings
    assert all(text[t.evidence.start : t.evidence.end] == t.evidence.text for t in event.tellings)


TWO = {
    "another day": (
        "Russian drones attacked Odesa on Monday. Russian drones attacked Odesa on Tuesday.",
        EventType.ASSAULT,
    ),
    "another town": (
        "Russian missiles struck Odesa on Monday. Russian missiles struck Kharkiv.",
        EventType.ASSAULT,
    ),
    "told as another one": (
        "Israel bombed Gaza City on Tuesday, killing five people. Another Israeli strike killed six people.",
        EventType.ASSAULT,
    ),
    "told as new": (
        "Israeli warplanes hit Gaza City on Tuesday. An Israeli strike on Gaza City killed ten people.",
        EventType.ASSAULT,
    ),
    "another number of people": (
        "Police in Tunis arrested three protesters on Tuesday. Police arrested 12 people in the suburbs.",
        EventType.COERCE,
    ),
    "another place of the same name": (
        "Israeli warplanes bombed a market in Gaza on Tuesday. The hospital bombing by Israel was condemned.",
        EventType.ASSAULT,
    ),
    "another person": (
        "Spain thanked President Edi Rama of Albania on Monday. Spain thanked Prime Minister Jonas Store of Norway.",
        EventType.SUPPORT,
    ),
    "what was long ago": (
        "Norway condemned Russia on Monday over the drill. Norway condemned Russia in May 2022.",
        EventType.ACCUSE,
    ),
    "what was done and what was not": (
        "Sweden delivered howitzers to Ukraine on Monday. Sweden has not delivered tanks to Ukraine.",
        EventType.AID,
    ),
}


@pytest.mark.parametrize("name", TWO)
def test_two_happenings_are_two_events(extractor: Extractor, name: str) -> None:
    text, kind = TWO[name]
    assert [event.tellings for event in events(extractor, text, kind)] == [(), ()]


def test_the_event_has_what_any_of_its_tellings_says(extractor: Extractor) -> None:
    text = "Russian drones attacked Odesa overnight, officials said. The attack killed three people and wounded nine."
    (event,) = events(extractor, text, EventType.ASSAULT)
    assert (event.trigger.text, event.mode, event.actors[0].country) == ("attacked", "drone", "RUS")
    assert event.casualties is not None
    assert (event.casualties.killed, event.casualties.injured) == (3, 9)
    (telling,) = event.tellings
    assert telling.evidence.text == "The attack killed three people and wounded nine."
    assert text[telling.trigger.start : telling.trigger.end] == telling.trigger.text


@pytest.mark.parametrize(
    "text",
    [
        "Russian drones hit grain silos in Odesa on Monday and killed two dock workers.",
        "A Nigerian suicide bomber blew himself up at a market on Tuesday, killing 14 people and wounding 31.",
    ],
)
def test_what_an_attack_led_to_is_no_second_one(extractor: Extractor, text: str) -> None:
    (event,) = events(extractor, text, EventType.ASSAULT)
    assert event.tellings == ()


def test_a_noun_without_parties_is_no_event_of_its_own(extractor: Extractor) -> None:
    assert events(extractor, "The attack was the worst in a decade. The strike lasted an hour.", EventType.ASSAULT) == []


def test_the_telling_that_says_most_is_the_evidence(extractor: Extractor) -> None:
    text = "Sweden delivered the vehicles by rail. Sweden delivered forty armoured vehicles to Ukraine on Monday."
    (event,) = events(extractor, text, EventType.AID)
    assert event.evidence.text.endswith("on Monday.")
    assert [telling.evidence.text for telling in event.tellings] == ["Sweden delivered the vehicles by rail."]
