"""How many were killed, injured or arrested, as an event's sentence says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice

from spacy.tokens import Token

from worker.extraction.grammar import is_passive
from worker.extraction.tree import DEPTH, children, ids, kept
from worker.model import Casualties, EventType
from worker.ontology import lexicon, lexicon_numbers

COUNTED = frozenset({EventType.ASSAULT, EventType.COERCE, EventType.PROTEST})
FATES = ("killed", "injured", "arrested")


def of_event(kind: EventType, trigger: Token) -> Casualties | None:
    """Numbers of people below the trigger, or beside it in its sentence; None where none is given.

    A number is what the text states as one ("two", "1,200"); "dozens" is none.
    """
    if kind not in COUNTED:
        return None
    found: dict[str, int] = {}
    for word in _words(trigger):
        found = _told(word) | found
    return Casualties(**found) if found else None


def _words(trigger: Token) -> Iterator[Token]:
    """The trigger, then the words that tell what came of it: "hit the town, killing two and leaving five wounded"."""
    yield trigger
    above = next((t for t in islice(trigger.ancestors, DEPTH) if t.pos_ in {"VERB", "AUX"}), trigger.head)
    for token in (above, *trigger.subtree, *children(above)):
        if token is not trigger:
            yield token
            yield from (c for c in children(token) if c.dep_ == "conj" and token.pos_ == "VERB" and c.pos_ == "VERB")


@kept
def _told(word: Token) -> dict[str, int]:
    """What a word says of numbers, by fate."""
    if word.lemma not in _telling() and word.lower not in _telling():
        return {}
    return {fate: number for fate in FATES if (number := _suffered(word, fate)) is not None}


@cache
def _telling() -> frozenset[int]:
    """Words that tell a fate."""
    lists = lexicon("casualties")
    return ids({"shoot"}.union(*(lists[fate] | lists[f"{fate}_people"] for fate in FATES)))


def _suffered(word: Token, fate: str) -> int | None:
    """How many a verb ("wounded 31") or a participle or adjective ("31 wounded", "14 people dead") gives a fate to."""
    lemma = word.lemma_.lower()
    bare = not any(c.dep_ in {"dobj", "auxpass", "aux"} for c in children(word))
    if bare and word.lower_ in lexicon("casualties")[f"{fate}_people"] and (number := _counted(word)) is not None:
        return number
    if lemma in lexicon("casualties")[fate] or (fate == "killed" and lemma == "shoot" and _fatal(word)):
        return None if any(c.dep_ == "neg" for c in children(word)) else _number(word)
    return None


def _fatal(verb: Token) -> bool:
    return any(c.lower_ == "dead" for c in children(verb))


def _counted(word: Token) -> int | None:
    """The number right before, or before the noun right before."""
    for token in reversed(list(word.doc[max(word.i - 2, 0) : word.i])):
        if token.like_num:
            return _value(token)
        if token.pos_ != "NOUN":
            return None
    return None


def _number(verb: Token) -> int | None:
    """Of the people as a whole: "22 people, including five children" are 22."""
    role = "nsubjpass" if is_passive(verb) else "dobj"
    people = [c for c in children(verb) if c.dep_ == role] or [c for c in children(verb) if c.dep_ == "nsubj"]
    for person in people:
        # "wounding 31" has the number as its object.
        for token in (person, *(c for c in children(person) if c.dep_ == "nummod")):
            if token.like_num:
                return _value(token)
    return None


def _value(number: Token) -> int | None:
    """What a number says; "two hundred" and "10 or 12" are built of several, and a part of it would be wrong."""
    others = [c for c in children(number) if c.like_num and (c.dep_ != "conj" or c.i - number.i == 2)]
    if others or (number.i > 0 and number.nbor(-1).like_num):
        return None
    plain = number.lower_.replace(",", "")
    return int(plain) if plain.isdecimal() and len(plain) < 9 else lexicon_numbers().get(plain)
