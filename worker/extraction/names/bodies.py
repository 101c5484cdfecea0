"""Names that their own words give away: parties and ministries by the noun that heads them, elections by their year."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from worker.extraction.names.boundaries import ARTICLES, HEADS, MARKS, OPENERS
from worker.extraction.names.words import LISTS, LONGEST, NEVER, TITLES, Name, Words
from worker.model import EntityType
from worker.ontology import Ontology, Term

OWNERS = LISTS["owners"]
PAIRED = LISTS["paired"]
DATED = LISTS["dated"]
DATING = LISTS["dating"]
# Who holds an office is no part of a body's name, but "Ministry of Justice" and "House of Representatives" are.
OFFICES = TITLES - LISTS["portfolios"]
OF_OFFICES = frozenset({"House", "Office", "Chamber", "Assembly", "Association", "Council", "Federation"})
# A word of these is in every such name.
TELLING = HEADS | OPENERS | DATED | {"parties"}
ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
ON = frozenset({"Council", "Commission", "Committee", "Conference", "Center", "Centre", "Forum", "Institute", "Institution"})
PERSON = EntityType.PERSON


class BodyFinder:
    """Finds names by their heads; knows the lexicon, which says where another name begins."""

    def __init__(self, ontology: Ontology) -> None:
        self.terms = ontology.terms

    def find(self, words: Words, taken: Mapping[int, Name]) -> Iterator[Name]:
        """Organisations and dated happenings; `taken` says what the model and the lexicon make of each token."""
        for i in [i for i, word in enumerate(words.text) if word in TELLING]:
            word = words.text[i]
            if word in HEADS or word in OPENERS:
                name = self._body(words, i, taken)
                if name is not None:
                    yield name
            elif word in DATED:
                event = _happening(words, i)
                if event is not None:
                    yield event
            else:
                yield from _parties(words, i, taken)

    def _body(self, words: Words, i: int, taken: Mapping[int, Name]) -> Name | None:
        start = _left(words, i, taken) if words.text[i] in HEADS else i
        end = self._right(words, i, taken) if words.text[i] in OPENERS else i + 1
        if words.text[i] not in HEADS and end == i + 1:
            return None
        whole = taken.get(i)
        if whole is not None and whole.type is EntityType.ORG and whole.start <= start and whole.end >= end:
            return None
        last = words.text[end - 1] in OFFICES and words.text[i] not in OF_OFFICES
        if end - start < 2 or words.text[start] in TITLES or last:
            return None
        return Name(start, end, EntityType.ORG, self._term(start, end, taken), sure=True)

    def _right(self, words: Words, head: int, taken: Mapping[int, Name]) -> int:
        """The end of a name that "of", "for" or "on" continues: "Party of the Democratic Left"."""
        end = head + 1
        while end + 1 < len(words) and end - head < LONGEST:
            after = self._step(words, head, end, taken)
            if after is None:
                break
            end = after
        return end

    def _step(self, words: Words, head: int, end: int, taken: Mapping[int, Name]) -> int | None:
        word = words.text[end]
        allowed = word == "of" or (word == "for" and head + 1 == end) or (word == "on" and words.text[head] in ON)
        first = end + 1
        if allowed and words.text[first] == "the":
            first += 1
        if allowed and not (word == "on" and words.text[first] in self.terms):
            return self._run(words, first, taken, offices=words.text[head] in OF_OFFICES)
        if word == "and" and end > head + 1 and words.text[head] in PAIRED and self._free(words, end + 1, taken):
            return self._run(words, end + 1, taken)
        return None

    def _free(self, words: Words, i: int, taken: Mapping[int, Name]) -> bool:
        """Whether a word is nobody's own name, so that "and" can go on with it."""
        return (
            words.text[i] not in self.terms
            and words.text[i] not in HEADS
            and (i not in taken or taken[i].type is EntityType.ORG)
        )

    @staticmethod
    def _run(words: Words, first: int, taken: Mapping[int, Name], *, offices: bool = False) -> int | None:
        """The end of the capitalised words from `first`, unless they are a person or an office."""
        state = taken.get(first)
        if state is not None and state.term and state.type is EntityType.GPE:
            return state.end
        end = first
        while end < len(words) and (words.capital(end) or words.hyphen(end)) and not words.begins[end]:
            if words.text[end] in OFFICES and not offices:
                break
            end += 1
        person = first in taken and taken[first].type is PERSON
        return end if end > first and not person else None

    @staticmethod
    def _term(start: int, end: int, taken: Mapping[int, Name]) -> Term | None:
        """The entry of the body that a longer name holds, if the rest only says whose it is: "Labour Party of Britain"."""
        inside = {id(n): n for i in range(start, end) if (n := taken.get(i)) and n.term}
        bodies = [n.term for n in inside.values() if n.term and n.term.type is EntityType.ORG and n.start == start]
        states = {n.term.country for n in inside.values() if n.term and n.term.type is not EntityType.ORG}
        return bodies[0] if len(bodies) == 1 and states == {bodies[0].country} else None


def _parties(words: Words, end: int, taken: Mapping[int, Name]) -> Iterator[Name]:
    """Two and more parties that share one noun: "the Liberal, Labour and Green parties"."""
    found = []
    i = end - 1
    while i > 0 and words.capital(i) and not words.begins[i]:
        known = taken.get(i)
        found.append(Name(i, i + 1, EntityType.ORG, known.term if known else None, sure=True))
        i -= 1 if words.text[i - 1] not in {",", "and"} else 2
        if words.text[i] == ",":
            i -= 1
    nations = any(name.term and name.term.kind != "party" for name in found)
    adjacent = any(b.start - a.end == 0 for a, b in pairwise(reversed(found)))
    if len(found) > 1 and not nations and not adjacent:
        yield from found


def _left(words: Words, head: int, taken: Mapping[int, Name]) -> int:
    """Where a name begins that ends with a head: over capitalised words, hyphens, "People's", and "and" inside one name."""
    start = head
    while start > 0 and head - start < LONGEST and not words.begins[start]:
        before = _before(words, start - 1, taken)
        if before is None:
            break
        start = before
    return start


def _before(words: Words, i: int, taken: Mapping[int, Name]) -> int | None:
    word = words.text[i]
    if words.hyphen(i) and words.proper(i - 1):
        return i - 1
    if word in MARKS:
        return i - 1 if i and words.text[i - 1] in OWNERS else None
    if word in {"and", "&"} and i and i in taken and taken[i] is taken.get(i + 1) and words.proper(i - 1):
        return i - 1
    return i if (words.proper(i) and word not in OFFICES) or ORDINAL.fullmatch(word) else None


def _happening(words: Words, i: int) -> Name | None:
    """The name that a year begins, over names and small words: "2019 Canadian federal election"."""
    start, named = i, words.text[i][0].isupper()
    while start > 0 and i - start < LONGEST and not words.begins[start]:
        word = words.text[start - 1]
        if word.isdigit() and len(word) == 4:
            return Name(start - 1, _place(words, i + 1, named), EntityType.EVENT, sure=True) if named else None
        if not (words.capital(start - 1) or word in DATING or words.hyphen(start - 1) or word in {"U.S.", "-", "–"}):
            return None
        named = named or words.capital(start - 1)
        start -= 1
    return None


def _place(words: Words, end: int, named: bool) -> int:
    """Where it ends: "2014 Senate election in Ohio" is one name; behind "the 2014 election" the place stands for itself."""
    first = end + 1
    if not named or end + 1 >= len(words) or words.text[end] != "in":
        return end
    if words.text[first] in ARTICLES:
        first += 1
    last = first
    while last < len(words) and words.capital(last) and words.text[last] not in NEVER:
        last += 1
    return last if last > first else end
