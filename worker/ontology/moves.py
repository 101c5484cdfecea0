"""The words that move materiel: which of their arguments is the thing, who gives it and who gets it. See moves.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from worker.model import EventType
from worker.ontology.senses import Sense


@dataclass(frozen=True)
class Move:
    """One use of a word."""

    kind: str
    lemma: str
    particle: str | None
    noun: bool
    item: frozenset[str]
    items: tuple[str, ...]
    foreign: bool
    makes: str | None
    uses: bool
    sense: Sense


@cache
def load() -> Mapping[tuple[str, bool], tuple[Move, ...]]:
    """All moves by lemma and whether it is a noun; those with a particle first, then in the order of the file."""
    found: dict[tuple[str, bool], list[Move]] = {}
    for row in _table()["move"]:
        for move in _expand(row):
            found.setdefault((move.lemma, move.noun), []).append(move)
    return {key: tuple(sorted(moves, key=lambda m: m.particle is None)) for key, moves in found.items()}


@cache
def words(name: str) -> frozenset[str]:
    """A list of plain words in the same file."""
    return frozenset(_table()["words"][name])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((resources.files("worker.ontology") / "moves.toml").read_text(encoding="utf8"))


def _expand(row: Mapping[str, Any]) -> Iterator[Move]:
    for noun, entries in ((False, row.get("verbs", ())), (True, row.get("nouns", ()))):
        for entry in entries:
            lemma, _, particle = entry.partition(" ")
            yield Move(
                kind=row["kind"],
                lemma=lemma,
                particle=particle or None,
                noun=noun,
                item=frozenset(row.get("item", ())),
                items=tuple(row.get("items", ())),
                foreign=row.get("foreign", False),
                makes=row.get("makes"),
                uses="user" in row,
                sense=_frame(row, lemma, noun=noun),
            )


def _frame(row: Mapping[str, Any], lemma: str, *, noun: bool) -> Sense:
    """The slots of a move in the form that the roles are found by; its type plays no part there."""
    return Sense(
        type=EventType.AID,
        lemma=lemma,
        extra=None,
        noun=noun,
        actor=tuple(row.get("giver", row.get("user", ()))),
        recipient=tuple(row.get("receiver", ())),
        mutual=False,
        mode=None,
        object=frozenset(),
        not_object=frozenset(),
    )
