"""Sentences that show what each trigger means; the model learns from them, and the tests hold the coder to them.

A line of `examples/<TYPE>.tsv` (and of `examples/NONE.tsv`, where nothing of any type happens) is a trigger, a tab and a
sentence:

    deliver<tab>{Sweden} has delivered forty vehicles to [Ukraine].
    delivery/n<tab>{Sweden}'s delivery of forty vehicles to [Ukraine] was welcomed.
    -<tab>...                          no single trigger: shown to the model only

Actors stand in braces, recipients in brackets. In NONE.tsv these mark two parties between whom nothing happens. All
sentences were written for this project.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from worker.model import EventType

Place = tuple[int, int]
MARK = re.compile(r"[{}\[\]]")
NOUN = "/n"
NOTHING = "NONE"


@dataclass(frozen=True)
class Example:
    """A sentence, its event and the places of the parties in it, in code points."""

    type: EventType | None
    trigger: str | None
    noun: bool
    text: str
    actors: tuple[Place, ...]
    recipients: tuple[Place, ...]


@cache
def load() -> tuple[Example, ...]:
    """All examples, file by file. Raises ValueError with file and line for a line that is none."""
    return tuple(_examples())


def digest() -> str:
    """What the examples are, in short: a model of others is out of date."""
    return hashlib.sha256("\n".join(map(repr, load())).encode()).hexdigest()


def _examples() -> Iterator[Example]:
    for file in sorted((resources.files("worker.ontology") / "examples").iterdir(), key=lambda f: f.name):
        name, _, kind = file.name.rpartition(".")
        if kind != "tsv":
            continue
        for number, line in enumerate(file.read_text(encoding="utf8").splitlines(), 1):
            if line and not line.startswith("#"):
                try:
                    yield parse(line, None if name == NOTHING else EventType(name))
                except ValueError as error:
                    message = f"{file.name}, line {number}: {error}"
                    raise ValueError(message) from None


def parse(line: str, kind: EventType | None) -> Example:
    """One line. Raises ValueError where it has no tab or its marks do not close."""
    trigger, tab, marked = line.partition("\t")
    if not tab or not trigger or not marked:
        message = "expected a trigger (or -), a tab and a sentence"
        raise ValueError(message)
    text, actors, recipients = _unmarked(marked)
    word = trigger.removesuffix(NOUN)
    return Example(kind, None if word == "-" else word, trigger.endswith(NOUN), text, actors, recipients)


def _unmarked(marked: str) -> tuple[str, tuple[Place, ...], tuple[Place, ...]]:
    found: dict[str, list[Place]] = {"{": [], "[": []}
    text, end, open_mark = "", 0, ("", 0)
    for mark in MARK.finditer(marked):
        text, end = text + marked[end : mark.start()], mark.end()
        if mark[0] in found and not open_mark[0]:
            open_mark = (mark[0], len(text))
        elif open_mark[0] + mark[0] in {"{}", "[]"} and len(text) > open_mark[1]:
            found[open_mark[0]].append((open_mark[1], len(text)))
            open_mark = ("", 0)
        else:
            message = f"marks do not close: {marked}"
            raise ValueError(message)
    if open_mark[0]:
        message = f"marks do not close: {marked}"
        raise ValueError(message)
    return text + marked[end:], tuple(found["{"]), tuple(found["["])
