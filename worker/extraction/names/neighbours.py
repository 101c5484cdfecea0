"""What the words beside an unknown name tell of it: a place among places, a person by what he does."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from worker.extraction.names.boundaries import FIRST, HEADS
from worker.extraction.names.kinds import PLACES
from worker.extraction.names.words import LISTS, NEVER, PROPN, TITLES, Name, Words
from worker.extraction.tree import children
from worker.model import EntityType
from worker.ontology.gazetteer import Gazetteer

PERSON, ORG, GPE = EntityType.PERSON, EntityType.ORG, EntityType.GPE
MORTAL = LISTS["mortal"]
HUMAN = LISTS["human"]
UNDERGONE = LISTS["undergone"]
CALLINGS = LISTS["callings"]
KIN = LISTS["kin"]
ADDRESSES = TITLES - LISTS["groups"]
SEPARATORS = frozenset({",", "and", "or", "/", "&"})
# A city of this size is thought of before a firm of that name.
LARGE = 100_000
# Abbreviations of bodies have from three to six letters; shorter and longer ones are mostly something else.
SHORT, LONG = 3, 6
COMMON = LISTS["abbreviations"]
# Where cities have the names of people.
ENGLISH = frozenset({"USA", "GBR", "IRL", "CAN", "AUS", "NZL", "ZAF", "JAM"})
TOWARDS = frozenset({"in", "near", "from", "to", "of", "at", "outside", "for", "into"})
# Before these a lone name is a place, if there is one of that name.
WHERE = frozenset({"in", "near", "outside", "around", "at"})


class Neighbours:
    """Judges names by what stands beside them; the gazetteer says what may be a place."""

    def __init__(self, gazetteer: Gazetteer, last_names: Collection[str]) -> None:
        self.gazetteer = gazetteer
        self.last_names = {*last_names, *LISTS["families"]}

    def judge(self, words: Words, names: Sequence[Name]) -> list[Name]:
        """The names with the kinds that lists, prepositions and verbs give them, and those that lists still lack."""
        mended = [self._alone(words, name) for name in names]
        found = list(self._unseen(words, mended))
        for group in _lists(words, mended):
            self._among_others(words, mended, group)
            found += _left_out(words, [mended[k] for k in group])
        return sorted([*mended, *found], key=lambda n: n.start)

    def _alone(self, words: Words, name: Name) -> Name:
        """By preposition, by the country behind a comma, by the verb."""
        if name.sure or name.term or name.person or name.length > 3 or name.type not in {PERSON, ORG, GPE, EntityType.LOC}:
            return name
        if name.type in {PERSON, ORG}:
            if words.text[name.start] not in FIRST and _is_where(words, name) and self._is_place(words, name):
                return replace(name, type=GPE)
            if name.length == 1 and self._is_city(words, name):
                return replace(name, type=GPE)
            if name.length > 1 and name.type is PERSON and words.text[name.start] not in FIRST and self._is_place(words, name):
                return replace(name, type=GPE)
        human = name.type is not PERSON and (_is_addressed(words, name) or self._is_person(words, name))
        return replace(name, type=PERSON) if human else name

    def _is_place(self, words: Words, name: Name) -> bool:
        return any(not site.nickname for site in self.gazetteer.sites(words.join(name.start, name.end)))

    def _is_city(self, words: Words, name: Name) -> bool:
        """Whether it is a well-known city that the model took for a firm or, if it is nobody's last name, for a person."""
        word = words.text[name.start]
        if name.type is ORG:
            return self._is_large(word)
        called = (
            word in FIRST
            or word in self.last_names
            or _is_addressed(words, name)
            or _lives(words, name.start, mortal_only=False)
        )
        return not called and self._is_large(word, but=ENGLISH)

    def _is_large(self, word: str, but: frozenset[str] = frozenset()) -> bool:
        sites = [s for s in self.gazetteer.sites(word) if not s.nickname]
        return any(s.population >= LARGE for s in sites) and not any(s.country in but for s in sites)

    def _unseen(self, words: Words, names: Sequence[Name]) -> Iterator[Name]:
        """Proper nouns of one word that the model left out: cities, abbreviations, people."""
        taken = {i for name in names for i in range(name.start, name.end)}
        for i, pos in enumerate(words.pos):
            if pos == PROPN and i not in taken and words.capital(i) and (kind := self._kind(words, i)):
                yield Name(i, i + 1, kind)

    def _kind(self, words: Words, i: int) -> EntityType | None:
        word = words.text[i]
        before = words.text[i - 1] if i else ""
        if word.isupper():
            return ORG if SHORT <= len(word) <= LONG and word not in COMMON and self._stands_out(words, i) else None
        if word in TITLES or word in HEADS or (i + 1 < len(words) and words.pos[i + 1] == PROPN):
            return None
        if before in TOWARDS and word not in FIRST and self._is_large(word):
            return GPE
        if i and (words.hyphen(i - 1) or words.pos[i - 1] == PROPN):
            return None
        return PERSON if _lives(words, i, mortal_only=False) and not self.gazetteer.sites(word) else None

    def _stands_out(self, words: Words, i: int) -> bool:
        """Whether it is an abbreviation, not a word in a row of capitals nor a city."""
        beside = [words.text[k] for k in (i - 1, i + 1) if 0 <= k < len(words)]
        plain = words.text[i].isalpha() and not any(w.isupper() and w.isalpha() and len(w) > 1 for w in beside)
        return plain and not self._is_large(words.text[i])

    def _is_person(self, words: Words, name: Name) -> bool:
        word = words.text[name.start]
        if name.length > 1 or word.isupper() or len(word) < 3 or words.text[name.start - 1].lower() == "the":
            return False
        if not _lives(words, name.start, mortal_only=name.type is ORG):
            return False
        return name.type is ORG or not self._is_place(words, name)

    def _among_others(self, words: Words, names: list[Name], group: list[int]) -> None:
        """In a list of places what may be a place is one, and everything is in a list that is nearly all places."""
        places = [k for k in group if names[k].type in PLACES]
        people = [k for k in group if names[k].type is PERSON]
        if len(people) * 3 >= len(group) * 2:
            for k in group:
                odd = not names[k].sure and names[k].type is ORG and names[k].length == 2
                names[k] = replace(names[k], type=PERSON) if odd else names[k]
        if len(places) * 2 < len(group):
            return
        nearly_all = len(places) * 3 >= len(group) * 2
        for k in group:
            name, first = names[k], words.text[names[k].start]
            if name.sure or name.type not in {PERSON, ORG} or first in FIRST:
                continue
            if (nearly_all and name.length == 1 and not first.isupper()) or self._is_place(words, name):
                names[k] = replace(name, type=GPE)


def _is_addressed(words: Words, name: Name) -> bool:
    """Whether a rank or form of address stands before it: "Senator Hale", "the incumbent Ann Meyer"."""
    before = words.text[name.start - 1] if name.start and not words.begins[name.start] else ""
    return before in ADDRESSES or (name.type is ORG and name.length > 1 and before in CALLINGS)


def _is_where(words: Words, name: Name) -> bool:
    """Whether it says where something is: "in Padua"."""
    return name.start > 0 and words.text[name.start - 1] in WHERE


def _lives(words: Words, i: int, *, mortal_only: bool) -> bool:
    """Whether only a person does, is or undergoes what is said of the name, or has what is said to be its own."""
    token = words.doc[i]
    head = token.head
    if i + 2 < len(words) and words.text[i + 1] in {"'s", "’s"} and words.text[i + 2] in KIN:
        return True
    if token.dep_ == "nsubjpass":
        return head.lemma_ in UNDERGONE
    if token.dep_ != "nsubj":
        return False
    if head.lemma_ == "be":
        return any(c.dep_ == "attr" and c.lemma_ in CALLINGS for c in children(head))
    return head.lemma_ in MORTAL or (not mortal_only and head.lemma_ in HUMAN)


def _lists(words: Words, names: Sequence[Name]) -> Iterator[list[int]]:
    """Runs of three and more names with nothing but commas and "and" between them."""
    group: list[int] = []
    for k, name in enumerate(names):
        if group and not _next_in_list(words, names[group[-1]], name):
            yield from _if_long(names, group)
            group = []
        group.append(k)
    yield from _if_long(names, group)


def _if_long(names: Sequence[Name], group: list[int]) -> Iterator[list[int]]:
    """A list has three members, one of which may still be unseen."""
    if len(group) > 2 or (len(group) == 2 and names[group[1]].start - names[group[0]].end > 2):
        yield group


def _next_in_list(words: Words, left: Name, right: Name) -> bool:
    """Whether only commas and "and" stand between two names, or these and one more proper noun."""
    between = words.text[left.end : right.start]
    unseen = [left.end + k for k, word in enumerate(between) if word not in SEPARATORS]
    return (
        0 < len(between) <= 6 and between[0] in SEPARATORS and all(words.pos[i] == PROPN and words.capital(i) for i in unseen)
    )


def _left_out(words: Words, group: Sequence[Name]) -> Iterator[Name]:
    """Proper nouns inside a list that no name covers: of the kind that the others are of."""
    kinds = {name.type for name in group}
    for left, right in pairwise(group):
        start = left.end
        for i in range(left.end, right.start + 1):
            if i == right.start or words.text[i] in SEPARATORS:
                if i > start and len(kinds) == 1 and words.text[i] in SEPARATORS and not {*words.text[start:i]} & NEVER:
                    yield Name(start, i, left.type)
                start = i + 1
