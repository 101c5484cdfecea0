"""Where a name begins and ends: what the language model took too much is cut off, what it left is joined."""

from __future__ import annotations

from collections.abc import Iterator

from worker.extraction.names.words import LISTS, PARTICLES, PROPN, TITLES, Name, Words
from worker.model import EntityType
from worker.ontology import lexicon

HEADS = LISTS["organisations"]
OPENERS = LISTS["openers"]
GENERATIONS = LISTS["generations"]
KEPT_TITLES = LISTS["kept_titles"]
ARTICLES = frozenset({"the", "a", "an"})
SMALL = frozenset({"of", "in", "and", "at", "the", "for", "to", "by", "on", "from", "with", "or", "as", "&", "de"})
MAGNITUDES = frozenset({"thousand", "million", "billion", "trillion"})
POLITE = frozenset({"Mr", "Mr.", "Mrs", "Mrs.", "Ms", "Ms.", "Dr", "Dr."})
POSSESSIVE = frozenset({"'s", "’s"})
MARKS = frozenset({"'s", "’s", "'S", "’S", "'", "’"})
PERSON, ORG, NORP = EntityType.PERSON, EntityType.ORG, EntityType.NORP
CAPITALISED = frozenset({PERSON, ORG, EntityType.GPE})
FIRST = (lexicon("first_names")["m"] | lexicon("first_names")["f"]) - LISTS["doubtful_first"]
PORTFOLIOS = LISTS["portfolios"]


def mend(words: Words, name: Name) -> Iterator[Name]:
    """The names that one span of the language model really holds."""
    for piece in _split(words, name):
        trimmed = trim(words, piece)
        if trimmed is not None:
            yield from _without_titles(words, trimmed)


def trim(words: Words, name: Name) -> Name | None:
    """Without article, possessive mark, quotation marks, dashes, line ends and small words at the edges."""
    start, end = name.start, name.end
    while start < end and not _may_begin(words, start, name.type):
        start += 1
    while start < end and not _may_end(words, end - 1, name.type):
        end -= 1
    surface = words.article[words.at[start] : words.ends[end - 1]] if start < end else ""
    if not surface or "\n" in surface or surface.islower():
        return None
    return name.cut(start, end)


def _may_begin(words: Words, i: int, kind: EntityType) -> bool:
    word = words.text[i]
    if word.isdigit() and kind in CAPITALISED:
        return False
    return _has_letter(word) and word.lower() not in ARTICLES and word not in MARKS and word not in SMALL


def _may_end(words: Words, i: int, kind: EntityType) -> bool:
    word = words.text[i]
    if word.isdigit() and i + 1 < len(words) and words.text[i + 1] in MAGNITUDES:
        return False
    small = word.islower() and kind in CAPITALISED and not (kind is PERSON and words.hyphen(i - 1))
    return _has_letter(word) and word not in MARKS and word not in SMALL and not small


def _has_letter(word: str) -> bool:
    return word.isalnum() or any(c.isalnum() for c in word)


def _split(words: Words, name: Name) -> Iterator[Name]:
    """At brackets, commas and slashes; at "and" where a body's name is complete on both sides."""
    start = name.start
    for i in range(name.start, name.end):
        if _parts(words, name, start, i):
            yield name.cut(start, i)
            start = i + 1
    yield name.cut(start, name.end)


def _parts(words: Words, name: Name, start: int, i: int) -> bool:
    word = words.text[i]
    if word.isalpha() and word not in {"The", "and"}:
        return False
    if word in {"(", ")", "/", ";", ":", "—"}:
        return True
    if (word == "The" and i > start) or (name.type is PERSON and word in POSSESSIVE):
        return True
    if word in {"-", "–"}:
        return not words.hyphen(i) and bool(words.spaced[i - 1]) and name.type is PERSON
    if word == ",":
        return words.text[start] not in OPENERS and (
            i + 1 >= name.end or words.text[i + 1] not in {"Inc", "Inc.", "Ltd", "Ltd."}
        )
    if word not in {"and", "&"} or i == start:
        return False
    return name.type in {PERSON, EntityType.GPE} or (
        name.type is ORG and _complete(words, start, i) and _complete(words, i + 1, name.end)
    )


def _complete(words: Words, start: int, end: int) -> bool:
    """Whether some words are a body's name without what stands beside them."""
    if end - start < 2:
        return False
    if words.text[end - 1] in HEADS | {"International"}:
        return words.text[start] not in OPENERS or words.text[start] in {"Congress", "House"}
    return any(words.text[i] in OPENERS and words.text[i + 1] in {"of", "for", "on"} for i in range(start, end - 2))


def _without_titles(words: Words, name: Name) -> Iterator[Name]:
    """A person without rank and office; behind an office inside the name of a body stands a person."""
    polite = name.type is not ORG and words.text[name.start] in POLITE
    if name.type is PERSON or polite:
        yield from _person(words, name.cut(name.start, name.end, PERSON))
    elif name.type is ORG:
        last = max((i for i in range(name.start, name.end) if _office(words, i)), default=-1)
        if last < 0:
            yield name
        elif last + 2 < name.end and words.text[name.end - 1] not in HEADS:
            yield name.cut(last + 1, name.end, PERSON)
        elif last + 1 < name.end and words.text[name.end - 1] in HEADS | {"Office"}:
            yield name
    else:
        yield name


def _office(words: Words, i: int) -> bool:
    return words.text[i] in TITLES and words.text[i] not in {
        "General",
        "Chief",
        "Defence",
        "Justice",
        "National",
        "Major",
        "Governors",
        "Judges",
    }


def _person(words: Words, name: Name) -> Iterator[Name]:
    start = name.start
    while start < name.end and (words.text[start] in TITLES or words.text[start] == "."):
        start += 1
    end = start
    while end < name.end and (words.text[end][0].isupper() or _links(words, end)):
        end += 1
    if start < end:
        yield grow(words, name.cut(start, end))


def _links(words: Words, i: int) -> bool:
    """Whether a token inside a person's name may be without a capital: "van", "al", a hyphen, an apostrophe, "D'Alema"."""
    word = words.text[i]
    return word in PARTICLES or words.hyphen(i) or words.hyphen(i - 1) or word[0] in "'’‘\"“”" or any(c.isupper() for c in word)


def grow(words: Words, name: Name) -> Name:
    """A person's name with "Jr." behind, with a particle and what it leads to, with "Lord" before a single name."""
    start, end = name.start, name.end
    if end < len(words) and words.text[end] in GENERATIONS:
        end += 1
    if end + 1 < len(words) and words.text[end] in GENERATIONS | {","} and words.text[end + 1] in {"Jr", "Jr."}:
        end += 2
    if start and end - start == 1 and words.text[start - 1] in KEPT_TITLES:
        start -= 1
    return name.cut(start, end)


def join(words: Words, name: Name, taken: dict[int, Name]) -> Name:
    """A person's name with the proper nouns beside it that the language model left out or took for something else."""
    start, end = name.start, name.end
    while start > 0 and not words.begins[start] and _extends(words, start - 1, taken):
        start -= 1
    given = words.text[start] in FIRST
    while given and end < len(words) and not words.begins[end] and _extends(words, end, taken):
        end += 1
    if end + 1 < len(words) and _led_by_particle(words, end):
        end += 2
    return name.cut(start, end)


def _extends(words: Words, i: int, taken: dict[int, Name]) -> bool:
    word = words.text[i]
    proper = i not in taken and words.pos[i] == PROPN and words.capital(i)
    return proper and not word.isupper() and word not in TITLES and word not in PORTFOLIOS and word not in HEADS


def _led_by_particle(words: Words, i: int) -> bool:
    """Whether "del Hoyo" follows."""
    small = words.text[i].islower() and words.text[i] in PARTICLES and words.pos[i] == PROPN
    return small and words.pos[i + 1] == PROPN and words.capital(i + 1)
