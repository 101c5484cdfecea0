"""Described people and bodies: which become figures, with which span, kind, code and gender."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.model import Article, Entity, MentionKind


def figures(extractor: Extractor, text: str) -> list[Entity]:
    """Entities with a mention that is no name and no pronoun."""
    found = extractor.extract(Article(id="a", text=text, published="2025-06-01")).entities
    return [e for e in found if any(m.kind is MentionKind.NOMINAL for m in e.mentions)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A spokesman spoke in Nairobi.", "PERSON spokesman KEN GOV"),
        ("Chilean troops left.", "PERSON Chilean troops CHL MIL"),
        ("The two protesters in Lima sang.", "PERSON two protesters PER CVL"),
        ("A 34-year-old woman who lived there waved.", "PERSON 34-year-old woman None CVL"),
        ("Kenya's navy waited.", "ORG Kenya's navy KEN MIL"),
        ("A handful of shoppers waited.", "PERSON shoppers None CVL"),
    ],
)
def test_an_agent_noun_is_a_figure_without_its_article_and_clause(extractor: Extractor, text: str, expected: str) -> None:
    found = figures(extractor, text)
    assert [f"{e.type} {e.name} {e.country} {e.sector}" for e in found][:1] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "Ivan Petrov, a spokesman for the port, spoke.",
        "The spokesman, Ivan Petrov, spoke.",
        "Spokesman Ivan Petrov spoke.",
    ],
)
def test_a_noun_beside_a_name_is_the_named_person(extractor: Extractor, text: str) -> None:
    found = extractor.extract(Article(id="a", text=text)).entities
    assert [e.name for e in found if e.type == "PERSON"] == ["Ivan Petrov"]


def test_the_same_words_with_the_are_the_same_figure_and_with_a_another(extractor: Extractor) -> None:
    (first,) = figures(extractor, "A soldier came home. The soldier sang.")
    assert len(first.mentions) == 2
    assert len(figures(extractor, "A soldier came home. A soldier sang.")) == 2


def test_a_nationality_inside_a_description_keeps_its_own_entity(extractor: Extractor) -> None:
    found = extractor.extract(Article(id="a", text="Moroccan farmers waited.")).entities
    assert [(e.type, e.country) for e in found] == [("NORP", "MAR"), ("PERSON", "MAR")]


def test_countries_and_things_are_no_described_figures(extractor: Extractor) -> None:
    assert figures(extractor, "The country lost the match, the bridge and the table.") == []


@pytest.mark.parametrize(
    "text",
    [
        "She became a teacher.",
        "He was a feared commander.",
        "Amina Njoroge served as a judge.",
        "A treasurer is an official who counts.",
    ],
)
def test_what_only_says_who_somebody_is_is_no_figure_of_its_own(extractor: Extractor, text: str) -> None:
    found = extractor.extract(Article(id="a", text=text)).entities
    assert [e.name for e in found if e.name not in {"Amina Njoroge", "official"}] == []


@pytest.mark.parametrize("text", ["There were protesters outside.", "It was soldiers who left."])
def test_a_predicate_that_brings_in_somebody_new_is_a_figure(extractor: Extractor, text: str) -> None:
    assert len(figures(extractor, text)) == 1


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("LIMA, Peru (Reuters) - Norway promised a million kroner for villagers.", "PER"),
        ("LIMA, Peru (Reuters) - A Norwegian plane brought food for villagers.", "PER"),
        ("LIMA, Peru (Reuters) - Villagers fled to Bolivia on Monday.", "BOL"),
    ],
)
def test_people_are_of_the_articles_country_unless_the_sentence_names_another_as_a_place(
    extractor: Extractor, text: str, country: str
) -> None:
    (described,) = [e for e in figures(extractor, text) if "illagers" in e.name]
    assert described.country == country


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("The rebels freed two Japanese engineers on Sunday.", None),
        ("Three Italian tourists were kidnapped by the rebels.", None),
        ("Congolese workers fled, and the rebels looted a depot.", "COD"),
        ("The rebels freed two Japanese engineers in Chad.", "TCD"),
    ],
)
def test_captors_are_not_of_their_foreign_captives_country(extractor: Extractor, text: str, country: str | None) -> None:
    (rebels,) = [e for e in figures(extractor, text) if "rebels" in e.name]
    assert rebels.country == country
