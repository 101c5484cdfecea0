"""What pronouns and definite nouns stand for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from worker.extraction import Extractor
from worker.model import Article

PASSAGES: dict[str, list[str]] = tomllib.loads((Path(__file__).parent / "fixtures" / "coreference.toml").read_text("utf8"))
MARK = re.compile(r"\{([^=}]+)=([^}]*)\}")


def plain(passage: str) -> tuple[str, list[tuple[int, int, set[str]]]]:
    """The text without its marks, and where each anaphor stands with the wordings of what it refers to."""
    text, at, links = "", 0, []
    for mark in MARK.finditer(passage):
        text += passage[at : mark.start()]
        links.append((len(text), len(text) + len(mark[1]), set(filter(None, mark[2].split("|")))))
        text, at = text + mark[1], mark.end()
    return text + passage[at:], links


def verdicts(extractor: Extractor, passages: list[str]) -> list[tuple[str, bool]]:
    """Every anaphor of some passages with whether it was understood."""
    found = []
    for passage in passages:
        text, links = plain(passage)
        entities = extractor.extract(Article(id="a", text=text, published="2024-11-13")).entities
        for start, end, wanted in links:
            chains = [e for e in entities if any((m.start, m.end) == (start, end) for m in e.mentions)]
            words = {w for e in chains for w in (e.name, *(m.text for m in e.mentions if m.kind == "name"))}
            right = any(word.endswith(w) for word in words for w in wanted) if wanted else not chains
            found.append((f"{passage} [{text[start:end]}: {sorted(words)}]", right))
    return found


@pytest.mark.parametrize("phenomenon", PASSAGES)
def test_most_anaphors_are_understood(extractor: Extractor, phenomenon: str) -> None:
    found = verdicts(extractor, PASSAGES[phenomenon])
    wrong = [told for told, right in found if not right]
    assert len(wrong) <= len(found) * 0.15, "\n".join(wrong)


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
    found = [one for passages in PASSAGES.values() for one in verdicts(extractor, passages)]
    assert len(found) >= 120
    assert sum(right for _, right in found) >= len(found) * 0.9
