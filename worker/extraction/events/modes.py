"""The how and the about of an event: its mode by trigger and means, its contexts by words around it."""

from __future__ import annotations

import tomllib
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from spacy.tokens import Span, Token

from worker.extraction.actors.actors import Actors, Party
from worker.extraction.materiel.things import system
from worker.extraction.tree import among, children, ids, sentence
from worker.model import EventType
from worker.ontology import lexicon
from worker.ontology.senses import Sense, plover

# Words of the clause, not of the clauses inside it: those have events of their own.
BARRIERS = frozenset({"ccomp", "advcl", "relcl", "parataxis"})
DRONE = "drone"


@cache
def _modes() -> Mapping[str, Mapping[str, frozenset[str]]]:
    table = tomllib.loads((resources.files("worker.ontology") / "modes.toml").read_text(encoding="utf8"))
    return {kind: {name: frozenset(words) for name, words in rows.items()} for kind, rows in table.items()}


def mode(kind: EventType, sense: Sense, trigger: Token, actors: Actors) -> str | None:
    """The sense's own mode, if the type did not change on the way; else the one that the clause's words tell."""
    if sense.mode and kind is sense.type:
        return sense.mode
    if kind is EventType.ASSAULT and any(_is_drone(t, actors) for t in trigger.subtree):
        return DRONE
    known = plover()[kind].modes
    told = {name: triggers for name, triggers in _modes().get(kind, {}).items() if name in known}
    words = _words(trigger) if told else ()
    return next((name for name, triggers in told.items() if not triggers.isdisjoint(words)), None)


def _is_drone(token: Token, actors: Actors) -> bool:
    found = system(token, actors) if token.pos_ in {"NOUN", "PROPN"} else None
    return found is not None and DRONE in found.kind


def _words(trigger: Token) -> set[str]:
    """Lemmas of the trigger's own clause."""
    words, queue = set(), [trigger]
    while queue:
        token = queue.pop()
        words.add(token.lemma_.lower())
        queue += [c for c in children(token) if c.dep_ not in BARRIERS]
    return words


def contexts(kind: EventType, trigger: Token, parties: Sequence[Party]) -> tuple[str, ...]:
    """PLOVER contexts that the sentence speaks of, sorted; `military` also where a state's forces take part."""
    found = _topics(sentence(trigger))
    if any(p.code and p.code.sector == "MIL" for p in parties):
        found.add("military")
    if kind is EventType.CONSULT:
        found.add("diplomatic")
    return tuple(sorted(found))


def _topics(sentence: Span) -> set[str]:
    """Contexts that the words of a sentence speak of."""
    known, doc = _contexts(), sentence.doc
    found = among(doc, _telling())
    here = found[bisect_left(found, sentence.start) : bisect_left(found, sentence.end)]
    return {name for i in here for name in known.get(doc[i].lemma_.lower(), ())}


@cache
def _telling() -> frozenset[int]:
    return ids(_contexts())


@cache
def _contexts() -> Mapping[str, Sequence[str]]:
    """Contexts by word."""
    found: dict[str, list[str]] = {}
    for name, words in lexicon("contexts").items():
        for word in words:
            found.setdefault(word, []).append(name)
    return found
