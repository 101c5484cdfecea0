"""The nouns of a check-up: what was observed of a feed, and what is found good or bad about it."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from worker.checkup.anatomy import Anatomy
from worker.http import Response
from worker.model import Document, Frozen
from worker.sources.feed import Feed


class Grade(StrEnum):
    """How good something is."""

    GOOD = "good"
    FAIR = "could be better"
    BAD = "bad"


class Finding(Frozen):
    """One thing about a feed: what is so, what it means for readers, what to do, and which standard says so."""

    area: str
    topic: str
    grade: Grade
    fact: str
    means: str = ""
    advice: str = ""
    standard: str = ""


@dataclass(frozen=True)
class Page:
    """The page of an entry: its address, the characters of its article, or why there are none."""

    url: str
    chars: int = 0
    error: str = ""


@dataclass(frozen=True)
class Observation:
    """All that was seen of a feed at one moment, UTC. A file has no answer, no second one and no robots.txt.

    `error` says why there is no answer; `again` is the answer to a second request, with the validators of the first.
    `secure`: whether the address answers over https too, where it was asked over http. `is_feed` is false for sources of
    other kinds, whose form is not judged.
    """

    url: str
    now: dt.datetime
    error: str = ""
    answer: Response | None = None
    again: Response | None = None
    secure: bool | None = None
    forbidden: bool = False
    opt_outs: tuple[str, ...] = ()
    body: bytes = b""
    anatomy: Anatomy = field(default_factory=Anatomy)
    feed: Feed = field(default_factory=lambda: Feed([]))
    page: Page | None = None
    language: str | None = None
    is_feed: bool = True

    @property
    def documents(self) -> list[Document]:
        """Its entries, as our reader has them."""
        return [entry for entry in self.feed.entries if isinstance(entry, Document)]


def finding(topic: str, grade: Grade, variant: str = "", /, **facts: object) -> Finding:
    """A finding in the words of findings.toml; `variant` chooses among several of a grade."""
    about = _words()[topic]
    key = variant or {Grade.GOOD: "good", Grade.FAIR: "fair", Grade.BAD: "bad"}[grade]
    said: Mapping[str, str] = about[key]
    return Finding(
        area=about["area"],
        topic=topic,
        grade=grade,
        fact=said["fact"].format(**facts),
        means=said.get("means", "").format(**facts),
        advice=said.get("advice", "").format(**facts),
        standard=about.get("standard", "") if grade is not Grade.GOOD else "",
    )


@cache
def _words() -> Mapping[str, Any]:
    file = resources.files(__package__).joinpath("findings.toml")
    return tomllib.loads(file.read_text(encoding="utf8"))
