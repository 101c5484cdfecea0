"""What pronouns and definite nouns stand for."""

from __future__ import annotations

import pytest

from bench import own
from worker.extraction import Extractor
from worker.model import Article

PASSAGES: dict[str, list[str]] = own.cases("coreference")


@pytest.mark.parametrize("phenomenon", PASSAGES)
def test_most_anaphors_are_understood(extractor: Extractor, phenomenon: str) -> None:
    score = own.anaphors(extractor, PASSAGES[phenomenon])
    assert score.recall >= 0.85, "\n".join(score.wrong)


@pytest.mark.parametrize("word", ["he", "she", "it"])
def test_a_singular_pronoun_has_one_referent(extractor: Extractor, word: str) -> None:
    text = f"Clara Rocha and Tomas Berg met officials from France and Spain. Then {word} left, and {word} did not return."
    found = extractor.extract(Article(id="a", text=text)).entities
    at = [m.start for e in found for m in e.mentions if m.text == word]
    assert len(at) == len(set(at))


def test_a_definite_noun_takes_its_article_along(extractor: Extractor) -> None:
    found = extractor.extract(Article(id="a", text="NATO met on Monday. The alliance will meet again in May."))
    assert "The alliance" in {m.text for e in found.entities if e.name == "NATO" for m in e.mentions}


def test_nine_of_ten_anaphors_are_understood(extractor: Extractor) -> None:
    score = own.coreference(extractor)
    assert score.wanted >= 120
    assert score.recall >= 0.9
