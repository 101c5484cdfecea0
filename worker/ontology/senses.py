"""The triggers: which word, used how, means which event, and which of its arguments is actor and recipient.

A sense in `triggers/<TYPE>.toml`:

    [[sense]]
    verbs = ["deliver", "hand over", "call for"]   # lemma; with a particle or a preposition that must be there
    nouns = ["delivery"]                           # lemma, singular
    object = ["@materiel", "@aid", "prisoner"]     # at least one object (or "of" phrase) must be of a class or lemma;
                                                   # "@nothing" where the verb may do without an object, "@to" and
                                                   # "@to-say" where something is to be done or said
    not_object = ["@person"]                       # and none of these
    doer = ["@LAB"]                                # who does it must be of a class or lemma
    not_doer = ["@GOV"]                            # or must not
    actor = ["subject"]                            # slots, first that holds a party wins
    recipient = ["dative", "to", "for", "object"]
    mutual = true                                  # the recipient slots hold further actors
    partner = true                                 # a recipient slot must hold a party ("a drill with Serbia")
    mode = "visit"

Each trigger has an example in `examples/<TYPE>.tsv`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from worker.model import EventType

VERB_ACTOR = ("subject",)
VERB_RECIPIENT = ("object",)
NOUN_ACTOR = ("owner", "by", "light", "from", "beside")
NOUN_RECIPIENT = ("on", "against", "to", "with", "of", "for")


@dataclass(frozen=True)
class Sense:
    """One meaning of a trigger."""

    type: EventType
    lemma: str
    extra: str | None
    noun: bool
    actor: tuple[str, ...]
    recipient: tuple[str, ...]
    mutual: bool
    mode: str | None
    object: frozenset[str]
    not_object: frozenset[str]
    doer: frozenset[str] = frozenset()
    not_doer: frozenset[str] = frozenset()
    partner: bool = False

    def __str__(self) -> str:
        """As a person would look it up: "AID verb 'hand over'"."""
        words = f"{self.extra} {self.lemma}" if self.noun else f"{self.lemma} {self.extra or ''}"
        return f"{self.type} {'noun' if self.noun else 'verb'} '{words.strip() if self.extra else self.lemma}'"


@dataclass(frozen=True)
class Plover:
    """What the ontology says of a type."""

    quad: int
    base: float
    recipient: bool
    modes: Mapping[str, float]

    def score(self, mode: str | None) -> float:
        """Score of the mode, else of the type."""
        return self.modes.get(mode or "", self.base)


@cache
def load() -> Mapping[str, tuple[Sense, ...]]:
    """All senses by lemma, the most demanding first, so that the special case is tried before the general one."""
    found: dict[str, list[Sense]] = {}
    for sense in _senses():
        found.setdefault(sense.lemma, []).append(sense)
    return {lemma: tuple(sorted(senses, key=_demand, reverse=True)) for lemma, senses in found.items()}


def _demand(sense: Sense) -> tuple[bool, ...]:
    conditions = sense.partner, bool(sense.object), bool(sense.doer), bool(sense.not_object or sense.not_doer)
    return sense.extra is not None, *conditions


@cache
def plover() -> Mapping[EventType, Plover]:
    """The table of types."""
    table = tomllib.loads((resources.files("worker.ontology") / "plover.toml").read_text(encoding="utf8"))
    return {
        EventType(name): Plover(row["quad"], row["base"], row.get("recipient", False), row.get("modes", {}))
        for name, row in table.items()
    }


def _senses() -> Iterator[Sense]:
    for file in sorted((resources.files("worker.ontology") / "triggers").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            kind = EventType(file.name.removesuffix(".toml"))
            for row in tomllib.loads(file.read_text(encoding="utf8"))["sense"]:
                yield from _expand(kind, row)


def _expand(kind: EventType, row: Mapping[str, Any]) -> Iterator[Sense]:
    for noun, words in ((False, row.get("verbs", ())), (True, row.get("nouns", ()))):
        for word in words:
            yield _sense(kind, row, word, noun=noun)


def _sense(kind: EventType, row: Mapping[str, Any], word: str, *, noun: bool) -> Sense:
    lemma, _, extra = word.partition(" ")
    if noun and extra:
        # Compounds are found by their head: "press conference" by "conference" behind "press".
        extra, _, lemma = word.rpartition(" ")
    return Sense(
        type=kind,
        lemma=lemma,
        extra=extra or None,
        noun=noun,
        actor=tuple(row.get("actor", NOUN_ACTOR if noun else VERB_ACTOR)),
        recipient=tuple(row.get("recipient", NOUN_RECIPIENT if noun else VERB_RECIPIENT)),
        mutual=row.get("mutual", False),
        partner=row.get("partner", False),
        mode=row.get("mode"),
        object=frozenset(row.get("object", ())),
        not_object=frozenset(row.get("not_object", ())),
        doer=frozenset(row.get("doer", ())),
        not_doer=frozenset(row.get("not_doer", ())),
    )
