"""Every event says which rule decided, and every other trigger why it gave none."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.model import Article, Decision


def decisions(extractor: Extractor, text: str) -> list[Decision]:
    return list(extractor.explain(Article(id="a", text=text, published="2025-06-01")).decisions)


def test_events_explained_are_those_extracted(extractor: Extractor) -> None:
    article = Article(
        id="a", text="Norway delivered tanks to Ukraine. Chad accused Libya of an attack.", published="2025-06-01"
    )
    explained = [d.event for d in extractor.explain(article).decisions if d.event]
    assert explained == list(extractor.extract(article).events)


def test_an_event_names_the_entry_of_the_lexicon(extractor: Extractor) -> None:
    [told] = [d for d in decisions(extractor, "Norway delivered tanks to Ukraine.") if d.event]
    assert told.trigger.text == "delivered"
    assert told.decided == "lexicon: AID verb 'deliver'"


def test_a_changed_type_says_what_changed_it(extractor: Extractor) -> None:
    [told] = [d for d in decisions(extractor, "Norway promised to deliver tanks to Ukraine.") if d.event]
    assert told.event
    assert told.event.type == "AGREE"
    assert "AGREE" in told.decided


@pytest.mark.parametrize(
    ("text", "trigger", "reason"),
    [
        ("Norway may deliver tanks to Ukraine.", "deliver", "only possible"),
        ("If Norway delivers tanks to Ukraine, the war may end.", "delivers", "depends on a condition"),
        ("The postman delivered a letter.", "delivered", "none of its senses fits"),
        ("Somebody delivered tanks to Ukraine.", "delivered", "nobody is named who does it"),
        ("A crowd attacked a bus.", "attacked", "no party that has a code"),
        ("The attack helicopters of Chad stayed in their hangars.", "attack", "only describes 'helicopters'"),
        ("The senator called the Spanish president a fool.", "called", "only gives somebody a name"),
        (
            "The clashes between Republican senators and Democratic senators went on.",
            "clashes",
            "they contend with words and votes",
        ),
        ("Chad shelled a village in Libya, killing two farmers.", "killing", "the same happening as 'shelled'"),
    ],
)
def test_a_trigger_without_an_event_says_why(extractor: Extractor, text: str, trigger: str, reason: str) -> None:
    told = [d for d in decisions(extractor, text) if d.trigger.text == trigger]
    assert [d.event for d in told] == [None]
    assert reason in told[0].decided


def test_words_without_a_sense_are_passed_over(extractor: Extractor) -> None:
    assert decisions(extractor, "The museum has a garden.") == []
