"""Who said what."""

from __future__ import annotations

import pytest

from worker.extraction import Extractor
from worker.model import Article, QuoteKind


def said(extractor: Extractor, text: str) -> list[tuple[str, str | None]]:
    """Quotes with the names of their speakers."""
    found = extractor.extract(Article(id="a", text=text, published="2024-11-13"))
    names = {e.id: e.name for e in found.entities}
    return [(q.text, names.get(q.speaker or "")) for q in found.quotes]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '"We will not leave the valley," said Marta Oliveira, the mayor.',
            [("We will not leave the valley", "Marta Oliveira")],
        ),
        (
            "“The bridge is safe,” Tomas Berg told reporters in Oslo. “We tested it twice.”",
            [("The bridge is safe", "Tomas Berg"), ("We tested it twice.", "Tomas Berg")],
        ),
        (
            "President Ana Rocha met the miners on Monday. “It was a long night,” she said.",
            [("It was a long night", "Ana Rocha")],
        ),
        (
            "Pavel Novak spoke first. He added: “Nobody has asked us.” The meeting ended at noon.",
            [("Nobody has asked us.", "Pavel Novak")],
        ),
        (
            "«The border stays open», Jean Dupont declared.",
            [("The border stays open", "Jean Dupont")],
        ),
        (
            "Ivan Horvat warned the council sharply, stating, “Every road into the city is now closed.” It has not replied.",
            [("Every road into the city is now closed.", "Ivan Horvat")],
        ),
    ],
)
def test_a_quote_has_its_words_and_its_speaker(extractor: Extractor, text: str, expected: list[tuple[str, str]]) -> None:
    assert said(extractor, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        'The film "The Long Way Home" opens on Friday.',
        "He called it a “success story” of the region.",
        "The so-called 'peace train' left at nine.",
        "The ministry's officials' cars were parked outside the ‘old town’.",
    ],
)
def test_titles_and_scare_quotes_are_no_quotes(extractor: Extractor, text: str) -> None:
    found = extractor.extract(Article(id="a", text=text))
    assert [q.text for q in found.quotes if q.kind is not QuoteKind.INDIRECT] == []


def test_a_mark_that_is_never_closed_ends_with_its_paragraph(extractor: Extractor) -> None:
    text = "“The road is long and we are tired, Ana Rocha said.\n\n“We walk on tomorrow,” said Ivan Horvat."
    assert said(extractor, text)[-1] == ("We walk on tomorrow", "Ivan Horvat")


def test_another_quote_in_a_later_text_of_the_article_has_another_id(extractor: Extractor) -> None:
    texts = ("“The bridge is safe,” Tomas Berg said.", "“The bridge is closed,” Tomas Berg said.")
    first, second = (extractor.extract(Article(id="a", text=t, revision=n)) for n, t in enumerate(texts, 1))
    again = extractor.extract(Article(id="a", text=texts[0], revision=1))
    assert first.quotes[0].id == again.quotes[0].id != second.quotes[0].id
