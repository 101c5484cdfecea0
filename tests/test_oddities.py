"""No text, however odd, breaks extraction, and every span of it stays exact: 5,000 strings, the same in every run."""

from __future__ import annotations

import random
import sys
import unicodedata
from collections.abc import Callable, Iterator

import pytest
from test_extraction import spans

from worker.extraction import Extractor
from worker.model import Article

COUNT = 5_000
# Longer ones are no odder, and the language model takes its time for each word.
LONGEST = 80
PLAIN = (
    "Kenya's president met the Norwegian foreign minister, Mr. O'Hara-Smith, in Nairobi on 3 March 2024.",
    '"We will not send troops," she said, adding that "talks" had failed.',
    "“First paragraph of a quote.\n\n“Second paragraph,” the spokesman for the army said last week.",
    "Police arrested 1,200 protesters and fired tear gas after the vote, according to the interior ministry.",
    "The U.S. pledged $2.3 billion in aid and 31 Abrams tanks to Ukraine; Russia's Foreign Ministry called it a threat.",
    "Neither he nor his deputy would say whether they had told him about it themselves.",
    "LONDON, Dec. 31 (Wire) - Paris, Texas, and Paris, France, signed an accord two days ago, in the first quarter of 1999.",
)
WORDS = (
    "he she it they NATO Macron not to by of , . ; : - — ' ’ “ ” « » ( ) said will who that Monday 2024 31 % $ tanks UN".split()
)
MARKS = "“”\"'‘’«»„‚‹›`´()[]{}<>—–-…,.;:!?/\\|*_#~^@&"
SPACES = " \t\n\u00a0\u2003\u200b\u200d\u202e\u2066\ufeff"
EXTREME = (
    "31 February 2024|99/99/9999|0000-00-00|9999-12-31|in 10000000000 years|-1 days ago|1e309 tanks|٣ مارس|½ million|III|٪"
).split("|")


def odd_strings(count: int) -> Iterator[str]:
    """The strings; each kind in turn."""
    chance = random.Random(20261123)
    kinds: tuple[Callable[[random.Random], str], ...] = (mutated, shuffled, marked, foreign, cased, repeated, extreme, glued)
    for number in range(count):
        text = kinds[number % len(kinds)](chance)
        start = chance.randint(0, max(0, len(text) - LONGEST))
        yield text[start : start + LONGEST]


def mutated(chance: random.Random) -> str:
    """News with characters lost, doubled, swapped or replaced."""
    letters = list(chance.choice(PLAIN))
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(letters))
        letters[place] = chance.choice(("", letters[place] * 2, chance.choice(MARKS + SPACES), letters[place - 1], "\n\n"))
    return "".join(letters)


def shuffled(chance: random.Random) -> str:
    """Words of the news in no order."""
    words = [*chance.choice(PLAIN).split(" "), *chance.sample(WORDS, 8)]
    chance.shuffle(words)
    return chance.choice((" ", "", "\n", "  ")).join(words)


def marked(chance: random.Random) -> str:
    """Marks and blanks, with few words between."""
    return "".join(chance.choice((chance.choice(MARKS), chance.choice(SPACES), chance.choice(WORDS))) for _ in range(40))


def foreign(chance: random.Random) -> str:
    """Characters of all planes, without halves of surrogate pairs, which no article can hold."""
    found = (chr(chance.randrange(1, sys.maxunicode)) for _ in range(40))
    return "".join(c for c in found if unicodedata.category(c) != "Cs") + chance.choice(PLAIN)[:30]


def cased(chance: random.Random) -> str:
    """News in one case, or in alternating ones."""
    text = chance.choice(PLAIN)
    return chance.choice((text.upper(), text.lower(), text.title(), text.swapcase(), text.replace(" ", "\u0301 ")))


def repeated(chance: random.Random) -> str:
    """The same again and again."""
    unit: str = chance.choice((*WORDS, *MARKS, *EXTREME, "\n\n", "he said ", "and ", "the the "))
    return unit * chance.randint(1, 60)


def extreme(chance: random.Random) -> str:
    """Numbers and dates that no calendar has, within a sentence."""
    words = chance.choice(PLAIN).split(" ")
    words[chance.randrange(len(words))] = chance.choice(EXTREME)
    return " ".join(words)


def glued(chance: random.Random) -> str:
    """Pieces of news cut anywhere and joined."""
    parts = [p[chance.randrange(len(p)) :][: chance.randint(0, 60)] for p in chance.sample(PLAIN, 4)]
    return chance.choice(("", "\n", "”", "“", "\n\n")).join(parts)


@pytest.mark.timeout(240)
def test_no_odd_string_breaks_it_and_every_span_is_exact(extractor: Extractor) -> None:
    texts = list(odd_strings(COUNT))
    assert len(set(texts)) > COUNT * 0.8
    articles = (Article(id=str(n), text=text, published="2024-02-29") for n, text in enumerate(texts))
    for text, found in zip(texts, extractor.extract_many(articles), strict=True):
        for span in spans(found):
            assert span.text
            assert text[span.start : span.end] == span.text
        for date in found.dates:
            assert text[date.start : date.end] == date.text
            assert date.from_ is None or date.to is None or date.from_ <= date.to
