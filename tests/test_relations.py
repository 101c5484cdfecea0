"""Lasting ties between those whom an article names: measured on sentences of our own, with laws on top."""

from __future__ import annotations

from functools import cache

import pytest

from bench import own
from worker.extraction import Extractor
from worker.model import Article, Extraction

CASES: list[list[str]] = own.cases("relations")["cases"]
# Where the reader stands; what is missing the small parser reads wrongly.
RECALL = 0.90
PRECISION = 0.90


@cache
def read(extractor: Extractor) -> list[Extraction]:
    articles = [Article(id=str(n), text=case[0], published="2024-11-13") for n, case in enumerate(CASES)]
    return list(extractor.extract_many(articles))


def one(extractor: Extractor, text: str) -> Extraction:
    return extractor.extract(Article(id="a", text=text, published="2024-11-13"))


def test_what_the_sentences_tell_is_found_and_nothing_else(extractor: Extractor) -> None:
    score = own.relations(extractor)
    assert score.recall >= RECALL, score.wrong
    assert score.precision >= PRECISION, score.wrong


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
