"""Lasting ties between those whom an article names: measured on sentences of our own, with laws on top."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from worker.extraction import Extractor
from worker.model import Article, Entity, Extraction, Relation

CASES: list[list[str]] = tomllib.loads((Path(__file__).parent / "fixtures" / "relations.toml").read_text(encoding="utf8"))[
    "cases"
]
# Where the reader stands; what is missing the small parser reads wrongly.
RECALL = 0.90
PRECISION = 0.90
SYMMETRIC = {"at_war", "alliance", "partnership", "cooperation", "joint_appearance", "spouse"}


@cache
def read(extractor: Extractor) -> list[Extraction]:
    articles = [Article(id=str(n), text=case[0], published="2024-11-13") for n, case in enumerate(CASES)]
    return list(extractor.extract_many(articles))


def one(extractor: Extractor, text: str) -> Extraction:
    return extractor.extract(Article(id="a", text=text, published="2024-11-13"))


def is_side(wanted: str, given: str, entities: dict[str, Entity]) -> bool:
    """By code, or by words of the name; an object that is no entity is a code itself."""
    entity = entities.get(given)
    words = f"{entity.code} {entity.name}" if entity else given
    return wanted.lower() in words.lower()


def is_right(wanted: str, given: Relation, found: Extraction) -> bool:
    kind, subject, other, value = wanted.split(" | ")
    entities = {e.id: e for e in found.entities}
    ways = [(given.subject, given.object), *([(given.object, given.subject)] if kind in SYMMETRIC else [])]
    sides = any(is_side(subject, a, entities) and is_side(other, b, entities) for a, b in ways)
    return given.type == kind and sides and value in {"*", given.value or "-"}


def hits(case: list[str], found: Extraction) -> int:
    left = list(found.relations)
    for wanted in case[1:]:
        if right := next((r for r in left if is_right(wanted, r, found)), None):
            left.remove(right)
    return len(found.relations) - len(left)


def test_what_the_sentences_tell_is_found(extractor: Extractor) -> None:
    right = sum(hits(case, found) for case, found in zip(CASES, read(extractor), strict=True))
    assert right / sum(len(case) - 1 for case in CASES) >= RECALL


def test_what_is_found_is_what_the_sentences_tell(extractor: Extractor) -> None:
    right = sum(hits(case, found) for case, found in zip(CASES, read(extractor), strict=True))
    assert right / sum(len(found.relations) for found in read(extractor)) >= PRECISION


def test_the_sentences_are_many() -> None:
    assert len({case[0] for case in CASES}) == len(CASES) >= 85
    assert sum(len(case) == 1 for case in CASES) >= 12


@pytest.mark.parametrize("text", [case[0] for case in CASES if len(case) == 1])
def test_nothing_ties_those_of_whom_no_tie_is_told(extractor: Extractor, text: str) -> None:
    assert one(extractor, text).relations == ()


def test_a_tie_binds_entities_of_the_article_and_an_office_at_least_a_code(extractor: Extractor) -> None:
    for found in read(extractor):
        ids = {e.id for e in found.entities}
        for relation in found.relations:
            assert relation.subject in ids
            assert relation.object in ids or relation.type == "office_held"


def test_the_evidence_is_a_slice_of_the_text(extractor: Extractor) -> None:
    for case, found in zip(CASES, read(extractor), strict=True):
        for relation in found.relations:
            assert case[0][relation.evidence.start : relation.evidence.end] == relation.evidence.text != ""


def test_a_tie_stands_once_however_often_it_is_told(extractor: Extractor) -> None:
    text = "Ukraine is at war with Russia. Russia's war against Ukraine goes on. The war between Ukraine and Russia is long."
    assert [r.type for r in one(extractor, text).relations] == ["at_war"]
