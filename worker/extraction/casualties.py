"""How many were killed, injured or arrested, as an event's sentence says."""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from worker.extraction.grammar import patients
from worker.model import Casualties, EventType
from worker.ontology import lexicon, lexicon_numbers

COUNTED = frozenset({EventType.ASSAULT, EventType.COERCE, EventType.PROTEST})


def of_event(kind: EventType, trigger: Token) -> Casualties | None:
    """Numbers of people below the trigger, or beside it in its sentence; None where none is given.

    A number is what the text states as one ("two", "1,200"); "dozens" is none.
    """
    if kind not in COUNTED:
        return None
    found: dict[str, int] = {}
    for verb in _verbs(trigger):
        for name in ("killed", "injured", "arrested"):
            if verb.lemma_.lower() in lexicon("casualties")[name] and (count := _number(verb)) is not None:
                found.setdefault(name, count)
    return Casualties(**found) if found else None


def _verbs(trigger: Token) -> Iterator[Token]:
    """The trigger, then the verbs that tell what came of it: "hit the town, killing two and wounding five"."""
    yield trigger
    for token in (trigger.head, *trigger.subtree, *trigger.head.children):
        if token.pos_ == "VERB" and token is not trigger:
            yield token
            yield from (c for c in token.children if c.dep_ == "conj" and c.pos_ == "VERB")


def _number(verb: Token) -> int | None:
    people = patients(verb) or [c for c in verb.children if c.dep_ == "nsubj"]
    for person in people:
        # "wounding 31" has the number as its object.
        for token in (person, *(c for c in person.children if c.dep_ == "nummod")):
            # "two hundred" is built of several; half of it would be wrong.
            if token.like_num and not any(c.like_num for c in token.children) and (value := _value(token.lower_)) is not None:
                return value
    return None


def _value(word: str) -> int | None:
    plain = word.replace(",", "")
    return int(plain) if plain.isdecimal() and len(plain) < 9 else lexicon_numbers().get(plain)
