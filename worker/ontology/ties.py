"""The words of relations.toml: nouns and verbs that tell of a lasting tie between two sides."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True)
class Tie:
    """What a word says of two sides; `kinds` is what subject and object have to be."""

    type: str
    family: str
    with_: frozenset[str]
    unless: frozenset[str]
    kinds: tuple[str, str]
    symmetric: bool
    implied: bool


@cache
def load() -> Mapping[str, tuple[Tie, ...]]:
    """All ties by lemma."""
    found: dict[str, tuple[Tie, ...]] = {}
    for lemma, tie in _ties():
        found[lemma] = (*found.get(lemma, ()), tie)
    return found


@cache
def words(name: str) -> frozenset[str]:
    """A plain word list of the same file."""
    return frozenset(_table()["words"][name])


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads((resources.files("worker.ontology") / "relations.toml").read_text(encoding="utf8"))


def _ties() -> Iterator[tuple[str, Tie]]:
    for family in ("between", "borne", "verb"):
        for row in _table()[family]:
            tie = Tie(
                type=row["type"],
                family=family,
                with_=frozenset(row.get("with", ())),
                unless=frozenset(row.get("unless", ())),
                kinds=tuple(row.get("kinds", ("state", "state"))),
                symmetric=row.get("symmetric", family == "between"),
                implied=row.get("implied", False),
            )
            for lemma in (*row.get("nouns", ()), *row.get("verbs", ())):
                yield lemma, tie
