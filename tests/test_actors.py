"""Who a phrase is: sectors from agent nouns, countries from what stands beside them, offices from the text."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from worker.extraction import Extractor
from worker.model import Article, Entity
from worker.ontology import agents

PHRASES: dict[str, str] = tomllib.loads((Path(__file__).parent / "fixtures" / "actors.toml").read_text())["phrases"]


def answers(extractor: Extractor, phrases: list[str]) -> list[str]:
    """Country and sector of the person or body with the longest mention on each phrase, which rejects a plan."""
    read = extractor.extract_many(Article(id="a", text=f"{phrase} rejected the plan on Monday.") for phrase in phrases)
    return [_widest(found.entities, len(phrase)) for found, phrase in zip(read, phrases, strict=True)]


def _widest(entities: tuple[Entity, ...], end: int) -> str:
    mentions = [(e.type in {"PERSON", "ORG"}, m.end - m.start, e) for e in entities for m in e.mentions if m.end <= end]
    if not mentions:
        return "nobody"
    entity = max(mentions, key=lambda found: found[:2])[2]
    return f"{entity.country or '-'} {entity.sector or '-'}"


def test_nineteen_of_twenty_phrases_get_their_country_and_sector(extractor: Extractor) -> None:
    given = answers(extractor, list(PHRASES))
    wrong = [
        f"{phrase}: {told}, not {code}" for (phrase, told), code in zip(PHRASES.items(), given, strict=True) if code != told
    ]
    assert len(wrong) <= 0.05 * len(PHRASES), "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kenya's trade minister Amina Njoroge spoke. Njoroge left.", "KEN GOV"),
        ("The Ukrainian foreign minister, Ivan Petrov, spoke.", "UKR GOV"),
        ("Ivan Petrov, a spokesman for the Bulgarian army, spoke.", "BGR MIL"),
        ("Ivan Petrov, who is the head of Moldova's constitutional court, spoke.", "MDA JUD"),
        ("Ivan Petrov, who was Bulgaria's justice minister, spoke.", "BGR ELI"),
        ("Former Bulgarian minister Ivan Petrov spoke.", "BGR ELI"),
        ("Ex-president Ivan Petrov spoke in Sofia.", "BGR ELI"),
        ("Opposition leader Amina Njoroge spoke in Nairobi.", "KEN OPP"),
        ("Judge Ivan Petrov spoke.", "- JUD"),
    ],
)
def test_a_title_in_the_text_defines_a_person_that_no_table_knows(extractor: Extractor, text: str, expected: str) -> None:
    found = extractor.extract(Article(id="a", text=text)).entities
    (person,) = [e for e in found if e.type == "PERSON"]
    assert f"{person.country or '-'} {person.sector or '-'}" == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["rebel", "leader"], "REB"),
        (["muslim", "community", "leader"], "REL"),
        (["appeals", "court", "judge"], "JUD"),
        (["anti", "-", "government", "protester"], "CVL"),
        (["navy", "dentist"], "MIL"),
        (["former", "senator"], "ELI"),
        (["former", "soldier"], "MIL"),
        (["table"], None),
        ([], None),
    ],
)
def test_the_longest_known_phrase_tells_the_sector_then_the_company_of_the_noun(words: list[str], expected: str | None) -> None:
    assert agents.load().sector(words) == expected


def test_the_phrases_cover_every_sector_and_sixty_countries() -> None:
    codes = [code.split() for code in PHRASES.values()]
    assert len(PHRASES) >= 150
    assert len({country for country, _ in codes} - {"-"}) >= 60
    # International organisations are named; who is unknown is described by nothing.
    assert set(agents.load().nouns.values()) - {sector for _, sector in codes} == {"IGO", "UNK"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Kumasi Teachers Union rejected the plan.", "GHA LAB"),
        ("The Zambian Reconciliation Commission rejected the plan.", "ZMB GOV"),
        ("The Lima Self-Defense Forces rejected the plan.", "PER PRM"),
        ("The International Court of Justice rejected the plan.", "- JUD"),
        ("The Jogorku Kenesh rejected the plan.", "KGZ LEG"),
    ],
)
def test_an_organisation_is_coded_by_its_name(extractor: Extractor, text: str, expected: str) -> None:
    assert _widest(extractor.extract(Article(id="a", text=text)).entities, len(text)) == expected
