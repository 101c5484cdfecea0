"""Force by who uses it, and in whose hands a word is another event."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.model import Article, Event, EventType


def told(extractor: Extractor, text: str) -> tuple[Event, ...]:
    return extractor.extract(Article(id="1", text=text, published="2025-06-01")).events


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A strike by Belgian nurses closed two hospitals.", EventType.PROTEST),
        ("A strike by Belgian jets closed two airfields in Libya.", EventType.ASSAULT),
        ("Chilean students took to the streets of Santiago.", EventType.PROTEST),
        ("Kenyan students marched through Nairobi.", EventType.PROTEST),
        ("Polish farmers blocked the road to Ukraine.", EventType.PROTEST),
        ("Poland's opposition leader attacked the Hungarian government over its veto.", EventType.ACCUSE),
        ("Hamas fighters attacked an Israeli base over the weekend.", EventType.ASSAULT),
        ("North Korea fired two missiles into the sea.", EventType.MOBILIZE),
        ("Hezbollah fired two missiles into Israel.", EventType.ASSAULT),
    ],
)
def test_who_does_it_and_where_it_goes_tells_the_type(extractor: Extractor, text: str, kind: EventType) -> None:
    assert [e.type for e in told(extractor, text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Korean students demonstrated a new robot in Seoul.",
        "Nigerian shares rallied in Lagos on Monday.",
        "An earthquake killed 30 people in Iran.",
        "Turkey was hit by soaring inflation.",
        "The Dutch prime minister fired his finance minister.",
        "The pause in Israeli air strikes on Gaza lasted four days.",
    ],
)
def test_a_word_of_force_is_not_yet_force(extractor: Extractor, text: str) -> None:
    assert not [e for e in told(extractor, text) if e.type in {EventType.ASSAULT, EventType.PROTEST}]


@pytest.mark.parametrize(
    ("text", "doer", "victim"),
    [
        ("Three Lebanese soldiers were killed in an Israeli strike.", "ISR", "LBN MIL"),
        ("Four Indian fishermen died in police firing in Tuticorin.", "IND COP", "IND AGR"),
        ("A rebel attack killed nine soldiers in Mali.", "MLI REB", "MLI MIL"),
        ("The Congolese city fell to the M23 rebels.", "COD REB", "COD"),
    ],
)
def test_the_doer_stands_in_the_noun_of_the_deed(extractor: Extractor, text: str, doer: str, victim: str) -> None:
    (event,) = told(extractor, text)
    assert ([a.code for a in event.actors], [r.code for r in event.recipients]) == ([doer], [victim])


def test_who_is_deployed_acts_where_nobody_else_is_named(extractor: Extractor) -> None:
    (event,) = told(extractor, "Troops were deployed in the Nigerian city of Jos.")
    assert (event.type, [a.code for a in event.actors]) == (EventType.MOBILIZE, ["NGA MIL"])


def test_a_border_is_the_neighbours(extractor: Extractor) -> None:
    (event,) = told(extractor, "Russia deployed thousands of soldiers along the border with Finland.")
    assert [r.code for r in event.recipients] == ["FIN"]


def test_forces_at_home_are_moved_against_nobody(extractor: Extractor) -> None:
    (event,) = told(extractor, "Serbia placed its army on heightened alert on Tuesday.")
    assert not event.recipients
