"""The same name again in an article: last names, abbreviations, and what the language model saw at one place only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from worker.extraction.names.boundaries import FIRST, GENERATIONS
from worker.extraction.names.words import PARTICLES, PROPN, Name, Words, covered
from worker.model import EntityType

PERSON, ORG, NORP = EntityType.PERSON, EntityType.ORG, EntityType.NORP
SMALL = frozenset({"of", "the", "and", "for", "in", "on", "to", "&", "de", "del", "la", "des", "du", "der", "und"})
CLOSING = frozenset({")", ",", ";", ":"})
# No abbreviation is longer.
SHORT = 8


def unglued(words: Words, names: Sequence[Name]) -> list[Name]:
    """A name that the model took together with what follows it ("Rutte Cabinet", "Ann Meyer Quits") stands alone."""
    full = [n for n in names if n.type is PERSON and n.length > 1 and (n.person or words.text[n.start] in FIRST)]
    last = {words.text[n.end - 1] for n in full} - FIRST
    pairs = {(words.text[n.start], words.text[n.start + 1]) for n in full if n.length == 2}
    return [_unglued(words, name, last, pairs) if name.type is PERSON and not name.person else name for name in names]


def _unglued(words: Words, name: Name, last: set[str], pairs: set[tuple[str, str]]) -> Name:
    if name.length > 1 and words.text[name.start] in last:
        return replace(name, end=name.start + 1)
    more = name.length > 2 and words.text[name.start + 2] not in GENERATIONS | PARTICLES | {","}
    pair = (words.text[name.start], words.text[name.start + 1]) if more else None
    return replace(name, end=name.start + 2) if pair in pairs else name


def abbreviations(words: Words, names: Sequence[Name]) -> dict[int, Name]:
    """By the token of each abbreviation in brackets, the name that it abbreviates: "African National Congress (ANC)"."""
    by_end = {name.end: name for name in names}
    found = {}
    for i in [i for i, word in enumerate(words.text) if word == "("]:
        if 0 < i < len(words) - 2 and _is_short(words.text[i + 1]) and words.text[i + 2] in {")", ",", ";", ":"}:
            known = by_end.get(i)
            name = known if known is not None and known.type is ORG else _spelt_out(words, i, words.text[i + 1]) or known
            if name is not None and name.type not in {PERSON, NORP}:
                found[i + 1] = name
    return found


def _is_short(word: str) -> bool:
    capitals = sum(c.isupper() for c in word)
    return word[0].isupper() and capitals >= 2 and len(word.replace(".", "")) <= SHORT and word.replace(".", "").isalpha()


def _spelt_out(words: Words, end: int, short: str) -> Name | None:
    """The words before a bracket whose initials are the abbreviation in it."""
    letters = [c for c in short if c.isupper()]
    i = end
    while letters and i > max(0, end - 3 * len(short)):
        i -= 1
        word = words.text[i]
        if word[0].isupper() and word[0] == letters[-1]:
            letters.pop()
        elif word not in SMALL and not words.hyphen(i):
            return None
    return None if letters else Name(i, end, ORG, sure=True)


def again(words: Words, names: Sequence[Name], short: dict[int, Name]) -> Iterator[Name]:
    """Further mentions: of people by last name, of bodies by abbreviation, of names of one word by that word."""
    single = {words.text[n.start]: n for n in names if n.length == 1 and n.type not in {NORP, PERSON}}
    single |= {words.text[n.start]: n for n in names if n.length == 1 and n.type is PERSON}
    explained = {words.text[i] for i in short}
    single |= {words.text[i]: name for i, name in short.items()}
    last = {words.text[n.end - 1]: n for n in names if n.type is PERSON and n.length > 1}
    long = covered(n for n in names if n.length > 1)
    known = last.keys() | single.keys()
    for i in [i for i, word in enumerate(words.text) if word in known]:
        word = words.text[i]
        if i in long or not word[0].isupper():
            continue
        if word in last:
            yield Name(i, i + 1, PERSON, person=last[word].person, sure=True)
        elif words.pos[i] == PROPN or word.isupper():
            one = single[word]
            yield replace(one, start=i, end=i + 1, sure=one.sure or word in explained)
